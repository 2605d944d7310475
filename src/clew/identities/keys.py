"""Records of a register as columns to compare by: one spelling each, and what brings pairs up."""

from __future__ import annotations

from dataclasses import dataclass

from clew.identities.addresses import read_door
from clew.identities.births import swapped
from clew.identities.names import forms_of, known_forms, sound_of
from clew.identities.numbers import handle_key, phone_key, vehicle_key, vehicle_look
from clew.model.identity import RegisterRecord

PARTICLES = frozenset(
    {"de", "la", "van", "von", "der", "den", "el", "al", "bin", "ibn", "da", "di"}
)
"""Words that are part of many family names and name no family."""


@dataclass(frozen=True, slots=True)
class PersonKeys:
    """One person's record, as it is compared. None is missing; lists may be empty.

    `given_count`: records of the register with that given name, where they were counted.
    """

    given: str | None
    given_all: list[str]
    given_form: str | None
    forms: list[str]
    initial: str | None
    given_known: bool
    given_count: int | None
    middle: str | None
    suffix: str | None
    family: str | None
    family_parts: list[str]
    sound: str | None
    name_bag: str | None
    day: str | None
    day_swapped: str | None
    year: str | None
    month_day_sum: int | None
    vague: bool
    sex: str | None
    phone: str | None
    phones: list[str]
    home: str | None
    door: str | None
    street: str | None
    postcode: str | None
    handle: str | None
    vehicle: str | None
    vehicle_look: str | None

    @classmethod
    def from_record(cls, record: RegisterRecord, region: str) -> PersonKeys:
        """Return the keys of one record; `region` reads phones without a country."""
        given = record.given_names[0] if record.given_names else None
        whole = [name for name in record.given_names if len(name) > 1]
        family = record.family_name
        parts = [p for p in (family or "").split() if len(p) > 2 and p not in PARTICLES]
        born = record.date_of_birth
        day = born if born and len(born) == 10 else None
        phones = [key for p in record.phones if (key := phone_key(p, region))]
        door = read_door(record.address or "", record.postcode or "")
        vehicle = vehicle_key(record.vehicle or "")
        return cls(
            given=given,
            given_all=whole,
            given_form=forms_of(given)[0] if given else None,
            forms=list(forms_of(given)) if given and len(given) > 1 else [],
            initial=given[0] if given else None,
            given_known=given is not None and given in known_forms(),
            given_count=None,
            middle=record.given_names[1] if len(record.given_names) > 1 else None,
            suffix=record.suffix,
            family=family,
            family_parts=parts if len(parts) > 1 else parts[:1],
            sound=sound_of(family) if family else None,
            name_bag=" ".join(sorted((given, family))) if given and family else None,
            day=day,
            day_swapped=swapped(day) if day else None,
            year=born[:4] if born else None,
            month_day_sum=int(day[5:7]) + int(day[8:]) if day else None,
            vague=born is not None and (day is None or day.endswith("-01-01")),
            sex=record.sex if record.sex != "other" else None,
            phone=phones[0] if phones else None,
            phones=phones,
            home=door.whole,
            door=f"{door.flat or ''}|{door.number}" if door.number else None,
            street=door.street,
            postcode=door.postcode,
            handle=handle_key(record.handle or ""),
            vehicle=vehicle,
            vehicle_look=vehicle_look(vehicle) if vehicle else None,
        )


@dataclass(frozen=True, slots=True)
class AddressKeys:
    """One address, as it is compared."""

    number: str | None
    flat: str | None
    street: str | None
    postcode: str | None
    area: str | None

    @classmethod
    def from_record(cls, record: RegisterRecord) -> AddressKeys:
        """Return the keys of one address."""
        door = read_door(record.address or "", record.postcode or "")
        code = door.postcode
        area = code[:-3] if code and len(code) > 4 else code
        return cls(door.number, door.flat, door.street, code, area)
