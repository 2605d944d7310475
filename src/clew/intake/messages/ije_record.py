"""The fields of one IJE record become the contract's columns."""

from __future__ import annotations

from datetime import date

from clew.intake.messages import codes
from clew.intake.messages.bundle import TimeSpan, span_of
from clew.intake.messages.death_record import take_injury
from clew.intake.messages.identifiers import state_file_number
from clew.intake.messages.message import MessageRecord, Oddities
from clew.intake.messages.people import address_key

Fields = dict[str, str]
_RACES = (
    "White",
    "Black or African American",
    "American Indian or Alaska Native",
    "Asian Indian",
    "Chinese",
    "Filipino",
    "Japanese",
    "Korean",
    "Vietnamese",
    "Other Asian",
    "Native Hawaiian",
    "Guamanian or Chamorro",
    "Samoan",
    "Other Pacific Islander",
    "Other",
)
"""What RACE1 to RACE15 say, by the layout."""
_ORIGINS = ("Mexican", "Puerto Rican", "Cuban", "Other Hispanic")


def read_ije_record(told: Fields, odd: Oddities, place: str) -> MessageRecord:
    """Return the case that a record's fields tell of; odd values are noted with their field."""
    record = MessageRecord()
    death = _death(told)
    if death is not None:
        record.texts |= {"earliest": death.start, "latest": death.end}
    else:
        odd.note(f"{place}, DOD_YR", "no year of death", "Give four digits", told["DOD_YR"])
    number = state_file_number(told["DOD_YR"], told["DSTATE"], told["FILENO"])
    if number:
        record.ids = (number,)
    else:
        odd.note(
            f"{place}, FILENO",
            "year, state and certificate number make no state file number",
            "Give DOD_YR, DSTATE and FILENO",
            f"{told['DOD_YR']} {told['DSTATE']} {told['FILENO']}",
        )
    record.put("references", f"state:{told['AUXNO']}" if told["AUXNO"].strip("0") else "")
    record.put("agency", told["DSTATE"])
    record.put("certificate_status", "void" if told["VOID"] == "1" else "")
    _put_person(record, told, odd, place, death)
    _put_what(record, told, odd, place)
    _put_where(record, told, odd, place)
    _put_injury(record, told, odd, place)
    take_injury(record)
    record.at = _reported(told, odd, place, death)
    record.put("reported_at", record.at)
    return record


def _day(year: str, month: str, day: str) -> TimeSpan | None:
    """Return a date told in parts; 99 and blanks are unknown, an impossible one is handed on."""
    if not year.isdecimal() or len(year) != 4 or year in {"9999", "0000"}:
        return None
    if not month.isdecimal() or month == "99":
        return span_of(year)
    if not day.isdecimal() or day == "99":
        return span_of(f"{year}-{month:0>2}")
    return span_of(f"{year}-{month:0>2}-{day:0>2}")


def _clock(text: str, unit: str = "M") -> str:
    """Return HH:MM of a time of day, "" for unknown; unit A or P is the twelve-hour clock."""
    if not text.isdecimal() or len(text) != 4 or text == "9999":
        return ""
    hour, minute = int(text[:2]), int(text[2:])
    if unit in {"A", "P"} and 1 <= hour <= 12:
        hour = hour % 12 + (12 if unit == "P" else 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""


def _moment(span: TimeSpan | None, clock: str) -> TimeSpan | None:
    if span is None or not clock or not span.is_day:
        return span
    return TimeSpan(f"{span.start}T{clock}", f"{span.end}T{clock}")


def _death(told: Fields) -> TimeSpan | None:
    return _moment(_day(told["DOD_YR"], told["DOD_MO"], told["DOD_DY"]), _clock(told["TOD"]))


def _reported(told: Fields, odd: Oddities, place: str, death: TimeSpan | None) -> str:
    """Return when a registry came to hold it: registered, received, certified, pronounced."""
    signed, seen = told["CERTDATE"], told["PPDATESIGNED"]
    dates = (
        ("DOR_YR", _day(told["DOR_YR"], told["DOR_MO"], told["DOR_DY"])),
        ("R_YR", _day(told["R_YR"], told["R_MO"], told["R_DY"])),
        ("CERTDATE", _day(signed[4:], signed[:2], signed[2:4])),
        ("PPDATESIGNED", _moment(_day(seen[4:], seen[:2], seen[2:4]), _clock(told["PPTIME"]))),
    )
    for name, span in dates:
        if span is None:
            continue
        if death is None or span.end[:10] >= death.start[:10]:
            return span.end
        odd.note(
            f"{place}, {name}",
            "before the death, so it was not taken as the time of the report",
            "Mend the date",
            span.end,
        )
    if death is not None:
        odd.note(
            place,
            "no time of registration; the end of the time of death stands for it",
            "Give DOR_YR, DOR_MO and DOR_DY",
        )
        return death.end
    return ""


def _put_person(
    record: MessageRecord, told: Fields, odd: Oddities, place: str, death: TimeSpan | None
) -> None:
    if told["SEX"]:
        known = codes.meaning("sex", told["SEX"])
        if known is None:
            odd.note(f"{place}, SEX", "a sex that is not known here", "Give M, F or U", told["SEX"])
        record.put("sex", told["SEX"] if known is None else known)
    names = [told["GNAME"], told["MNAME"], told["LNAME"], told["SUFF"]]
    record.put("known_as", " ".join(n for n in names if n and n.upper() != "UNKNOWN"))
    unit, age = told["AGETYPE"], told["AGE"]
    years = codes.factor("age_unit_ije", unit)
    if age and age != "999" and unit != "9":
        if years is None:
            odd.note(
                f"{place}, AGETYPE",
                "a unit of age that is not known here; not read",
                "Give 1, 2, 4, 5, 6 or 9",
                unit,
            )
        else:
            record.put("age_years", f"{int(age) * years:.6g}" if age.isdecimal() else age)
    if "age_years" not in record.texts and death is not None and death.is_day:
        _reckon_age(record, told, odd, place, death)
    record.put("home_area", told["COUNTYTEXT_R"] or told["CITYTEXT_R"])
    races = [name for n, name in enumerate(_RACES, 1) if told[f"RACE{n}"] == "Y"]
    record.put("group_race", "; ".join([*races, *filter(None, [told["RACESTSP"]])]))
    origins = [name for n, name in enumerate(_ORIGINS, 1) if told[f"DETHNIC{n}"] == "H"]
    record.put("group_ethnicity", "; ".join([*origins, *filter(None, [told["DETHNIC5"]])]))


def _reckon_age(
    record: MessageRecord, told: Fields, odd: Oddities, place: str, death: TimeSpan
) -> None:
    born = _day(told["DOB_YR"], told["DOB_MO"], told["DOB_DY"])
    if born is None or not born.is_day:
        return
    try:
        days = (date.fromisoformat(death.start[:10]) - date.fromisoformat(born.start)).days
    except ValueError:
        return
    odd.note(f"{place}, AGE", "no age; it was reckoned from the date of birth", "Give the age")
    record.put("age_years", f"{days / 365.25:.6g}")


def _put_what(record: MessageRecord, told: Fields, odd: Oddities, place: str) -> None:
    if told["MANNER"]:
        known = codes.meaning("manner", told["MANNER"])
        if known is None:
            odd.note(
                f"{place}, MANNER",
                "a manner of death that is not known here",
                "Give N, A, S, H, P or C",
                told["MANNER"],
            )
        record.put("manner", known or told["MANNER"])
        title = told["CERTL"]
        record.put("manner_said_by", codes.meaning("certifier", title) or title)
    lines = [told[f"COD1{letter}"] for letter in "ABCD"]
    cause = "; due to ".join(filter(None, lines))
    if others := told["OTHERCONDITION"]:
        cause = f"{cause}; other conditions: {others}" if cause else others
    record.put("cause", cause)
    record.put("underlying_icd10", told["MAN_UC"] or told["ACME_UC"])


def _put_where(record: MessageRecord, told: Fields, odd: Oddities, place: str) -> None:
    kind = codes.meaning("place_of_death", told["DPLACE"]) if told["DPLACE"] else ""
    if kind is None:
        odd.note(
            f"{place}, DPLACE",
            "a place of death that is not known here",
            "Give 1 to 7, or 9",
            told["DPLACE"],
        )
    record.put("premises", kind)
    record.put("dead_on_arrival", "yes" if told["DPLACE"] == "3" else "")
    county = f"county {told['COD']}" if told["COD"].strip("09") else ""
    record.put("area", told["COUNTYTEXT_D"] or told["CITYTEXT_D"] or county)
    _put_point(record, told["LAT_D"], told["LONG_D"], "")
    street = told["ADDRESS_D"] or f"{told['STNUM_D']} {told['STNAME_D']}".strip()
    town = [told["CITYTEXT_D"], told["STATETEXT_D"] or told["DSTATE"], told["ZIP9_D"]]
    site = [street] if street else [told["DINSTI"]]
    record.put("place_key", address_key(site, town if told["CITYTEXT_D"] else []))
    words = [told["DINSTI"], told["CITYTEXT_D"], told["COUNTYTEXT_D"]]
    record.put("place", ", ".join(dict.fromkeys(filter(None, words))))


def _put_point(record: MessageRecord, north: str, east: str, prefix: str) -> None:
    blank = {"", "0", "9" * 17}
    if north.strip(".0") not in blank or east.strip(".0") not in blank:
        record.put(f"{prefix}latitude", north)
        record.put(f"{prefix}longitude", east)


def _put_injury(record: MessageRecord, told: Fields, odd: Oddities, place: str) -> None:
    record.put("narrative", told["HOWINJ"])
    kind = codes.meaning("place_of_injury", told["INJPL"]) if told["INJPL"] else ""
    if kind is None:
        odd.note(
            f"{place}, INJPL",
            "a place of injury that is not known here",
            "Give A to Q, or 0 to 9",
            told["INJPL"],
        )
    record.put("injury_premises", kind or told["POILITRL"])
    record.put("injury_area", told["COUNTYTEXT_I"] or told["CITYTEXT_I"])
    _put_point(record, told["LAT_I"], told["LONG_I"], "injury_")
    clock = _clock(told["TOI_HR"], told["TOI_UNIT"])
    happened = _moment(_day(told["DOI_YR"], told["DOI_MO"], told["DOI_DY"]), clock)
    if happened is not None:
        record.texts |= {"injury_earliest": happened.start, "injury_latest": happened.end}
