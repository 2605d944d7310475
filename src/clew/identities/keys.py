"""Records of a register as columns to compare by: one spelling each, and what brings pairs up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

from clew.identities.addresses import read_door
from clew.identities.births import swapped
from clew.identities.names import forms_of, is_known_name, sound_of
from clew.identities.numbers import handle_key, phone_key, vehicle_key, vehicle_look
from clew.model.identity import RegisterRecord


@dataclass(frozen=True, slots=True)
class PersonKeys:
    """One person's record, as it is compared. None is missing; lists may be empty."""

    given: str | None
    given_all: list[str]
    given_form: str | None
    forms: list[str]
    initial: str | None
    given_known: bool
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


def person_keys(record: RegisterRecord, region: str) -> PersonKeys:
    """Return the keys of one record."""
    given = record.given_names[0] if record.given_names else None
    whole = [name for name in record.given_names if len(name) > 1]
    family = record.family_name
    born = record.date_of_birth
    day = born if born and len(born) == 10 else None
    phones = [key for p in record.phones if (key := phone_key(p, region))]
    door = read_door(record.address or "", record.postcode or "")
    vehicle = vehicle_key(record.vehicle or "")
    return PersonKeys(
        given=given,
        given_all=whole,
        given_form=forms_of(given)[0] if given else None,
        forms=list(forms_of(given)) if given and len(given) > 1 else [],
        initial=given[0] if given else None,
        given_known=given is not None and is_known_name(given),
        middle=record.given_names[1] if len(record.given_names) > 1 else None,
        suffix=record.suffix,
        family=family,
        family_parts=_parts(family),
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


OFTEN = 10
"""Records in which a given name stands before it counts as a name of its own, not a slip; in a
large register one in 5,000 (declared)."""


def with_known_names(keys: Sequence[PersonKeys]) -> list[PersonKeys]:
    """Return keys that know which given names are frequent here: Maria is no slip of Marie."""
    counts = Counter(key.given for key in keys)
    least = max(OFTEN, len(keys) // 5_000)
    return [
        replace(key, given_known=True)
        if key.given and not key.given_known and counts[key.given] >= least
        else key
        for key in keys
    ]


_PARTICLES = frozenset(
    {"de", "la", "van", "von", "der", "den", "el", "al", "bin", "ibn", "da", "di"}
)
"""Words that stand in many family names and name no family."""


def _parts(family: str | None) -> list[str]:
    parts = [part for part in (family or "").split() if len(part) > 2 and part not in _PARTICLES]
    return parts if len(parts) > 1 else parts[:1]


@dataclass(frozen=True, slots=True)
class AddressKeys:
    """One address, as it is compared."""

    number: str | None
    flat: str | None
    street: str | None
    postcode: str | None
    area: str | None


def address_keys(record: RegisterRecord) -> AddressKeys:
    """Return the keys of one address."""
    door = read_door(record.address or "", record.postcode or "")
    area = door.postcode[:-3] if door.postcode and len(door.postcode) > 4 else door.postcode
    return AddressKeys(door.number, door.flat, door.street, door.postcode, area)


def table_of(keys: Sequence[PersonKeys] | Sequence[AddressKeys]) -> pa.Table:
    """Return keys as a table; `unique_id` is their place."""
    kind = type(keys[0])
    columns: dict[str, Any] = {"unique_id": pa.array(range(len(keys)), pa.int64())}
    for one in fields(kind):
        values = [getattr(key, one.name) for key in keys]
        columns[one.name] = pa.array(values, _type_of(str(one.type)))
    return pa.table(columns)


def _type_of(annotation: str) -> Any:
    if annotation.startswith("list"):
        return pa.list_(pa.string())
    return {"bool": pa.bool_(), "int | None": pa.int64()}.get(annotation, pa.string())


def in_content_order(
    records: Iterable[RegisterRecord], keys: Sequence[PersonKeys] | Sequence[AddressKeys]
) -> list[int]:
    """Return the order of records by what they say, so that neither rows nor codes play a part."""
    said = [repr((key, sorted(r.seen_in))) for r, key in zip(records, keys, strict=True)]
    return sorted(range(len(keys)), key=said.__getitem__)
