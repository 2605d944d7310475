"""IJE mortality records: 5,000 characters each, one a line or one behind the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from clew.intake.messages.bundle import TimeSpan, span_of
from clew.intake.messages.codes import factor, meaning, read_toml
from clew.intake.messages.death_record import age_at_death, first_report, prefer_injury
from clew.intake.messages.identifiers import state_file_number
from clew.intake.messages.message import MessageItem, MessageRecord, Odd, Oddities, RefusedError
from clew.intake.messages.people import address_key
from clew.intake.messages.trees import to_text

LENGTH = 5_000
LEAST = 201
"""A record that ends before its age (field 17) has nothing that could be compared."""
_LONGEST_LINE = 1024 * 1024
_ALL_SHORT = 1_000
BEGIN = re.compile(rb"(?:\xef\xbb\xbf)?\d{4}[A-Z]{2}[\d ]{6}[01 ]")
"""Year of death, state, certificate number, void flag: how every record begins."""
_CODED = {
    "SEX": ("sex", "a sex that is not known here", "Give M, F or U"),
    "MANNER": ("manner", "a manner of death that is not known here", "Give N, A, S, H, P or C"),
    "DPLACE": ("place_of_death", "a place of death that is not known here", "Give 1 to 7, or 9"),
    "INJPL": (
        "place_of_injury", "a place of injury that is not known here", "Give A to Q, or 0 to 9"
    ),
}  # fmt: skip
"""Coded fields: the table of their codes, and what to say of a code that is not in it."""
_RACES = (
    "White", "Black or African American", "American Indian or Alaska Native", "Asian Indian",
    "Chinese", "Filipino", "Japanese", "Korean", "Vietnamese", "Other Asian", "Native Hawaiian",
    "Guamanian or Chamorro", "Samoan", "Other Pacific Islander", "Other",
)  # fmt: skip
"""What RACE1 to RACE15 mean, by the layout."""
_ORIGINS = ("Mexican", "Puerto Rican", "Cuban", "Other Hispanic")


def read_ije(path: Path) -> Iterator[MessageItem]:
    """Yield every record of a file, or why it was refused; the file is never in memory as a whole.

    Raises
    ------
    RefusedError
        If a thousand lines hold no record at all.

    """
    number = short = 0
    for text, oddities in _pieces(path):
        number += 1
        place = f"record {number}"
        length = len(text.rstrip())
        if length < LEAST:
            short += 1
            if short == number == _ALL_SHORT:
                raise RefusedError(
                    f"the first {number:,} lines are not IJE records", "Have it sent whole"
                )
            reason = f"{place} has {length:,} characters of 5,000, and ends before its age"
            yield MessageItem(path.name, None, f"{reason}. Have it sent whole", place=place)
            continue
        odd = Oddities(oddities)
        if "\0" in text:
            odd.note(place, "it has NUL bytes, which were read as spaces")
        full = text.replace("\0", " ").ljust(LENGTH)
        fields = {
            name: full[at - 1 : at - 1 + width].strip()
            for name, (_, at, width) in read_toml("ije_layout.toml")["fields"].items()
        }
        record = _read_record(fields, place, odd)
        yield MessageItem(path.name, record, odd=tuple(odd.found), place=place)
    if not number:
        yield MessageItem(path.name, None, "the file is empty. Have it sent whole")


def _pieces(path: Path) -> Iterator[tuple[str, list[Odd]]]:
    """Yield the texts of records: lines, and of longer ones pieces of 5,000 characters.

    With each comes what is odd about its encoding, or its length.
    """
    with path.open("rb") as file:
        while line := file.readline(_LONGEST_LINE):
            body = line.rstrip(b"\r\n\x1a")
            if not body.strip():
                continue
            text, oddity = to_text(body)
            odd = [Odd("", oddity)] if oddity else []
            for begin in range(0, len(text), LENGTH):
                piece = text[begin : begin + LENGTH]
                size, start = len(piece), piece[:100].encode("latin-1", "replace")
                if begin and not piece.strip():
                    break
                if begin and size < LENGTH and not BEGIN.match(start):
                    yield "", [Odd("", f"{size:,} characters after the record are not a record")]
                elif size < LENGTH:
                    # Spaces at the end are often cut off on the way: that loses nothing.
                    reason = f"{size:,} characters, not 5,000; the rest was read as blank"
                    yield piece, [*odd, Odd("", reason, "Send records of 5,000 characters")]
                else:
                    yield piece, list(odd)


Fields = dict[str, str]


def _read_record(fields: Fields, place: str, odd: Oddities) -> MessageRecord:
    """Return the case that a record's fields describe; odd values are noted with their field."""
    record = MessageRecord()
    death = _moment(_day(fields, "DOD_YR", "DOD_MO", "DOD_DY"), _clock(fields["TOD"]))
    if death is not None:
        record.texts |= {"earliest": death.start, "latest": death.end}
    else:
        reason = "no year of death"
        odd.note(f"{place}, DOD_YR", reason, "Give four digits", fields["DOD_YR"])
    parts = fields["DOD_YR"], fields["DSTATE"], fields["FILENO"]
    if number := state_file_number(*parts):
        record.ids = (number,)
    else:
        odd.note(
            f"{place}, FILENO",
            "year, state and certificate number make no state file number",
            "Give DOD_YR, DSTATE and FILENO",
            " ".join(parts),
        )
    record.put("references", f"state:{fields['AUXNO']}" if fields["AUXNO"].strip("0") else "")
    record.put("agency", fields["DSTATE"])
    record.put("certificate_status", "void" if fields["VOID"] == "1" else "")
    # The person: sex, name, age, home, and the sensitive traits, which are kept apart.
    sex = _meaning("SEX", fields, place, odd)
    record.put("sex", fields["SEX"] if sex is None else sex)
    names = (fields[name] for name in ("GNAME", "MNAME", "LNAME", "SUFF"))
    record.put("known_as", " ".join(name for name in names if name and name.upper() != "UNKNOWN"))
    unit, age = fields["AGETYPE"], fields["AGE"]
    years = factor("age_unit_ije", unit)
    if age and age != "999" and unit != "9":
        if years is not None:
            record.put("age_years", f"{int(age) * years:.6g}" if age.isdecimal() else age)
        else:
            reason = "a unit of age that is not known here; not read"
            odd.note(f"{place}, AGETYPE", reason, "Give 1, 2, 4, 5, 6 or 9", unit)
    born = _day(fields, "DOB_YR", "DOB_MO", "DOB_DY")
    if "age_years" not in record.texts and (age := age_at_death(born, death)):
        odd.note(f"{place}, AGE", "no age; it was derived from the date of birth", "Give the age")
        record.put("age_years", age)
    record.put("home_area", fields["COUNTYTEXT_R"] or fields["CITYTEXT_R"])
    races = [name for n, name in enumerate(_RACES, 1) if fields[f"RACE{n}"] == "Y"]
    record.put("group_race", "; ".join(filter(None, [*races, fields["RACESTSP"]])))
    origins = [name for n, name in enumerate(_ORIGINS, 1) if fields[f"DETHNIC{n}"] == "H"]
    record.put("group_ethnicity", "; ".join(filter(None, [*origins, fields["DETHNIC5"]])))
    # How and of what, then where, and when it was registered.
    if manner := fields["MANNER"]:
        record.put("manner", _meaning("MANNER", fields, place, odd) or manner)
        record.put("manner_said_by", meaning("certifier", fields["CERTL"]) or fields["CERTL"])
    cause = "; due to ".join(filter(None, (fields[f"COD1{letter}"] for letter in "ABCD")))
    if others := fields["OTHERCONDITION"]:
        cause = f"{cause}; other conditions: {others}" if cause else others
    record.put("cause", cause)
    record.put("underlying_icd10", fields["MAN_UC"] or fields["ACME_UC"])
    _put_places(record, fields, place, odd)
    prefer_injury(record)
    record.at = _reported(fields, place, odd, death)
    record.put("reported_at", record.at)
    return record


def _day(fields: Fields, year_name: str, month_name: str, day_name: str) -> TimeSpan | None:
    return _date(fields[year_name], fields[month_name], fields[day_name])


def _date(year: str, month: str, day: str) -> TimeSpan | None:
    """Return a date of three parts; 99 and blanks are unknown, an impossible one is handed on."""
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


def _reported(fields: Fields, place: str, odd: Oddities, death: TimeSpan | None) -> str:
    """Return when a registry recorded it: registered, received, certified, pronounced."""
    signed, seen = fields["CERTDATE"], fields["PPDATESIGNED"]
    pronounced = _moment(_date(seen[4:], seen[:2], seen[2:4]), _clock(fields["PPTIME"]))
    times = (
        (f"{place}, DOR_YR", _day(fields, "DOR_YR", "DOR_MO", "DOR_DY")),
        (f"{place}, R_YR", _day(fields, "R_YR", "R_MO", "R_DY")),
        (f"{place}, CERTDATE", _date(signed[4:], signed[:2], signed[2:4])),
        (f"{place}, PPDATESIGNED", pronounced),
    )
    at = first_report(times, death, "Mend the date", odd)
    if not at and death is not None:
        odd.note(
            place,
            "no time of registration; the end of the time of death is used",
            "Give DOR_YR, DOR_MO and DOR_DY",
        )
        return death.end
    return at


def _meaning(name: str, fields: Fields, place: str, odd: Oddities) -> str | None:
    """Return our word for a coded field, "" for a blank; note and return None for another code."""
    table, reason, remedy = _CODED[name]
    known = meaning(table, fields[name]) if fields[name] else ""
    if known is None:
        odd.note(f"{place}, {name}", reason, remedy, fields[name])
    return known


def _put_places(record: MessageRecord, fields: Fields, place: str, odd: Oddities) -> None:
    """Set where the person died, and how and where the injury happened."""
    record.put("premises", _meaning("DPLACE", fields, place, odd))
    record.put("dead_on_arrival", "yes" if fields["DPLACE"] == "3" else "")
    city, county, site = fields["CITYTEXT_D"], fields["COUNTYTEXT_D"], fields["DINSTI"]
    code = f"county {fields['COD']}" if fields["COD"].strip("09") else ""
    record.put("area", county or city or code)
    _put_point(record, fields["LAT_D"], fields["LONG_D"])
    street = fields["ADDRESS_D"] or f"{fields['STNUM_D']} {fields['STNAME_D']}".strip()
    town = [city, fields["STATETEXT_D"] or fields["DSTATE"], fields["ZIP9_D"]] if city else []
    record.put("place_key", address_key([street or site], town))
    record.put("place", ", ".join(dict.fromkeys(filter(None, [site, city, county]))))
    record.put("narrative", fields["HOWINJ"])
    record.put("injury_premises", _meaning("INJPL", fields, place, odd) or fields["POILITRL"])
    record.put("injury_area", fields["COUNTYTEXT_I"] or fields["CITYTEXT_I"])
    _put_point(record, fields["LAT_I"], fields["LONG_I"], "injury_")
    clock = _clock(fields["TOI_HR"], fields["TOI_UNIT"])
    happened = _moment(_day(fields, "DOI_YR", "DOI_MO", "DOI_DY"), clock)
    if happened is not None:
        record.texts |= {"injury_earliest": happened.start, "injury_latest": happened.end}


def _put_point(record: MessageRecord, north: str, east: str, prefix: str = "") -> None:
    blank = {"", "0", "9" * 17}
    if north.strip(".0") not in blank or east.strip(".0") not in blank:
        record.put(f"{prefix}latitude", north)
        record.put(f"{prefix}longitude", east)
