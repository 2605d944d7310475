"""One spelling for phones, vehicles, handles, dates, names and addresses; fillers are missing."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.identities.addresses import read_door
from clew.identities.births import read_birth, swapped
from clew.identities.names import fold, forms_of, read_name, sound_of
from clew.identities.numbers import handle_key, phone_key, postcode_key, vehicle_key, vehicle_look

TODAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "+44 7700 900123", "07700900123", "(07700) 900-123", "07700 900 123", "0044 7700 900123",
        "+44 (0)7700 900123", "07700.900.123", "mob 07700 900123", "7700 900123",
    ],
)  # fmt: skip
def test_a_number_kept_for_drama_is_one_in_every_spelling(text: str) -> None:
    assert phone_key(text) == "+447700900123"


def test_numbers_that_differ_stay_apart() -> None:
    keys = {phone_key(f"07700 9001{k:02d}") for k in range(100)}
    assert len(keys) == 100
    assert phone_key("020 7946 0123") != phone_key("020 7946 0124")
    assert phone_key("(202) 555-0143", "US") == "+12025550143"


@pytest.mark.parametrize(
    "text",
    ["", "999", "00000", "00000000000", "unknown", "n/k", "11111111111", "07000000000", "112", "-",
     "123456789", "nil", "07777777777"],
)  # fmt: skip
def test_fillers_of_phones_are_missing(text: str) -> None:
    assert phone_key(text) is None


def test_vehicles_and_handles() -> None:
    assert vehicle_key("ab12 cde") == vehicle_key("AB12CDE") == "AB12CDE"
    assert vehicle_key("AB12 CDO") != vehicle_key("AB12 CD0")
    assert vehicle_look("AB12CDO") == vehicle_look("AB12CD0")
    assert handle_key("@Joey99") == handle_key("joey99") == handle_key("https://x.com/Joey99")
    assert handle_key("unknown") is handle_key("n/k") is vehicle_key("N/K") is None
    assert postcode_key("ZZ99 3VZ") is postcode_key("00000") is None
    assert postcode_key("ig11 7aa") == "IG117AA"


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("1980-03-12", "1980-03-12"), ("12/03/1980", "1980-03-12"), ("12.03.1980", "1980-03-12"),
        ("03/25/1980", "1980-03-25"), ("12 Mar 1980", "1980-03-12"), ("1980", "1980"),
        ("1980-03", "1980-03"), ("01/01/1900", None), ("1900-01-01", None), ("unknown", None),
        ("9999-12-31", None), ("", None), ("999", None),
    ],
)  # fmt: skip
def test_dates_of_birth(text: str, born: str | None) -> None:
    assert read_birth(text, TODAY) == born


@pytest.mark.parametrize("text", ["31/02/1980", "2030-01-01", "1700-01-01", "12/3", "1980-13"])
def test_what_is_no_date_of_birth_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_birth(text, TODAY)


def test_a_day_is_swapped_where_it_can_be() -> None:
    assert swapped("1980-03-12") == "1980-12-03"
    assert swapped("1980-03-13") is swapped("1980-03-03") is None


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        (("John Paul", "Smith", ""), (("john", "paul"), "smith", None)),
        (("", "", "Smith, John"), (("john",), "smith", None)),
        (("", "", "SMITH John"), (("john",), "smith", None)),
        (("", "", "Mr John Smith Jr"), (("john",), "smith", "junior")),
        (("John", "Smith Snr", ""), (("john",), "smith", "senior")),
        (("Zoë", "O'Brien", ""), (("zoe",), "obrien", None)),
        (("Unknown", "Smith", ""), ((), "smith", None)),
        (("John", "Doe", ""), ((), None, None)),
        (("", "", "John Doe"), ((), None, None)),
        (("", "", "unknown"), ((), None, None)),
        (("", "", "n/k"), ((), None, None)),
    ],
)
def test_names(cells: tuple[str, str, str], name: object) -> None:
    assert read_name(*cells) == name


def test_forms_and_sounds() -> None:
    assert set(forms_of("kate")) & set(forms_of("catherine"))
    assert not set(forms_of("jane")) & set(forms_of("john"))
    for a, b in [("smith", "smyth"), ("clark", "clarke"), ("philips", "phillips")]:
        assert sound_of(a) == sound_of(b)
    assert sound_of("smith") != sound_of("jones")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("12 High St", "IG11 7AA"), ("12 HIGH STREET", "ig117aa")),
        (("12 High Street, Barking IG11 7AA", ""), ("12 High St.", "IG11 7AA")),
        (("Flat 2, 14 Mill Lane", "IG11 7AA"), ("Apt 2 14 mill ln", "IG11 7AA")),
    ],
)
def test_addresses_in_two_spellings_are_one_door(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert read_door(*one) == read_door(*other)
    assert read_door(*one).whole is not None


def test_no_fixed_abode_is_no_address() -> None:
    for text in ("No fixed abode", "NFA", "unknown", "n/k", ""):
        assert read_door(text, "").whole is None
        assert read_door(text, "").street is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_ends_in_a_fault(one: str, other: str) -> None:
    read_name(one, other, "")
    read_name("", "", one)
    read_door(one, other)
    phone_key(one)
    vehicle_key(one)
    handle_key(one)
    fold(one)
    sound_of(one)
    with suppress(ValueError):  # a refusal in words, and nothing else
        read_birth(one, TODAY)
