"""Places: national grids, exchanged degrees, the zone's country, and where somebody lived."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import InputRejected
from clew.intake.cases.countries import country_of_zone, note_abroad
from clew.intake.cases.grids import grid_system, metres_of, of_letters
from clew.intake.cases.mapping import load_mapping, parse_mapping
from clew.intake.read import CaseSources
from clew.intake.suggest.propose import suggest_mapping
from clew.model.case_file import CaseFile
from clew.model.values import Point
from clew.workflows.quality import ABROAD, EXCHANGED, assess


def put(folder: Path, header: str, rows: list[str], name: str = "f.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def read(path: Path, toml: str = "", zone: str | None = None) -> CaseFile:
    mapping = path.with_name("m.toml")
    mapping.write_text(toml, encoding="utf-8")
    return CaseSources(path, mapping=mapping, timezone=zone).read()


def points(file: CaseFile) -> list[tuple[float, float] | None]:
    cases = [history.versions[-1][1] for history in file.histories]
    return [
        (round(c.point.latitude, 4), round(c.point.longitude, 4)) if c.point else None
        for c in cases
    ]


GRID = '[grid]\nepsg = 27700\neasting = "E"\nnorthing = "N"\n'


def test_eastings_and_northings_become_points(tmp_path: Path) -> None:
    rows = [
        "A,2021-03-02,530300,179800",
        'B,2021-03-03,"532,010","181,050"',
        "C,2021-03-04,,",
        "D,2021-03-05,0,0",
        "E,2021-03-06,9999999,179800",
        "F,2021-03-07,53x,179800",
    ]
    file = read(put(tmp_path, "case_id,reported_at,E,N", rows), GRID)
    assert points(file) == [(51.5021, -0.1241), (51.513, -0.099), None, None, None, None]
    assert any("British National Grid" in w and "2 m" in w for w in file.warnings)
    assert len({reject.row for reject in file.rejects}) == 2
    assert any("outside" in reject.value for reject in file.rejects)


@pytest.mark.parametrize(
    ("epsg", "east", "north", "latitude", "longitude"),
    [
        (27700, 651409.903, 313177.270, 52.6580, 1.7160),  # the survey's worked example, Caister
        (2157, 715830, 734697, 53.3498, -6.2603),  # Dublin, the Spire
        (28992, 155000, 463000, 52.1552, 5.3872),  # Amersfoort, the grid's origin
        (2154, 652469, 6862035, 48.8566, 2.3522),  # Paris
        (32633, 500000, 5761038, 52.0, 15.0),  # a central meridian
        (25832, 500000, 5538630, 50.0, 9.0),
        (2193, 1748735, 5427916, -41.2865, 174.7762),  # Wellington
    ],
)
def test_grids_of_many_countries(
    epsg: int, east: float, north: float, latitude: float, longitude: float
) -> None:
    found = grid_system(epsg).to_degrees(east, north)
    assert found == pytest.approx((latitude, longitude), abs=0.002)


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("TQ 303 798", (530350, 179850)), ("TQ303798", (530350, 179850)),
        ("tq 30300 79800", (530300.5, 179800.5)), ("NN166712", (216650, 771250)),
        ("SV 9 1", (95000, 15000)), ("HU 48 41", (448500, 1141500)), ("TQ 3037 798", None),
        ("TI 303 798", None), ("51.5", None), ("", None),
    ],
)  # fmt: skip
def test_lettered_references(text: str, metres: tuple[float, float] | None) -> None:
    assert of_letters(text) == metres


def test_a_column_of_references_becomes_points(tmp_path: Path) -> None:
    path = put(
        tmp_path, "case_id,reported_at,ref", ["A,2021-03-02,TQ 303 798", "B,2021-03-02,none"]
    )
    file = read(path, '[grid]\nepsg = 27700\nreference = "ref"\n')
    assert points(file) == [(51.5026, -0.1234), None]


@pytest.mark.parametrize(
    "toml",
    [
        "[grid]\nepsg = 27700\n", '[grid]\neasting = "E"\nnorthing = "N"\n', "grid = 7\n",
        '[grid]\nepsg = 4326\neasting = "E"\nnorthing = "N"\n',
        '[grid]\nepsg = 99999\neasting = "E"\nnorthing = "N"\n',
        '[grid]\nepsg = 2157\nreference = "R"\n',
        "[grid]\nepsg = 27700\neasting = 1\nnorthing = 2\n",
    ],
)  # fmt: skip
def test_a_grid_that_is_none_is_refused(toml: str) -> None:
    with pytest.raises(InputRejected):
        parse_mapping("m.toml", toml)


@given(st.floats(-6.0, 1.5), st.floats(50.1, 58.5))
def test_law_a_point_on_the_grid_comes_back(longitude: float, latitude: float) -> None:
    system = grid_system(27700)
    east, north = system.transformer.transform(longitude, latitude, direction="INVERSE")
    back = system.to_degrees(east, north)
    assert back == pytest.approx((latitude, longitude), abs=1e-6)


@given(st.text(max_size=20))
def test_law_any_cell_is_metres_or_nothing(text: str) -> None:
    metres_of(text)
    of_letters(text)


BRITISH_ROWS = [f"A{k},2021-03-{k + 1:02},{530000 + 100 * k},{180000 + 70 * k}" for k in range(9)]
CHICAGO_FEET = [f"A{k},2021-03-{k + 1:02},{1150000 + 100 * k},{1900000 + 70 * k}" for k in range(9)]


@pytest.mark.parametrize(
    ("east", "north"),
    [
        ("Easting", "Northing"), ("location_easting_osgr", "location_northing_osgr"),
        ("X", "Y"), ("x_coord", "y_coord"), ("Longitude", "Latitude"), ("OSEAST1M", "OSNRTH1M"),
        ("BNG_E", "BNG_N"), ("Grid E", "Grid N"), ("geometry_x", "geometry_y"),
        ("Scene Easting", "Scene Northing"),
    ],
)  # fmt: skip
def test_suggest_recognises_the_british_grid(tmp_path: Path, east: str, north: str) -> None:
    path = put(tmp_path, f"case_id,reported_at,{east},{north}", BRITISH_ROWS)
    found = suggest_mapping(path)
    file = read(path, found.toml())
    assert points(file)[0] == (51.5040, -0.1284)
    assert load_mapping(path.with_name("m.toml")).grid is not None


def test_suggest_asks_which_grid_where_it_cannot_know(tmp_path: Path) -> None:
    path = put(tmp_path, "case_id,reported_at,X Coordinate,Y Coordinate", CHICAGO_FEET)
    found = suggest_mapping(path, "America/Chicago")
    assert not found.lines_of("grid")
    assert any("which grid" in question for question in found.lacking)
    both = put(tmp_path, "case_id,reported_at,X Coordinate,Y Coordinate,Latitude,Longitude",
               [f"{row},41.8,-87.6" for row in CHICAGO_FEET])  # fmt: skip
    found = suggest_mapping(both, "America/Chicago")
    assert found.columns["latitude"] == ["Latitude"]
    assert not any("grid" in question for question in found.lacking)


def test_the_zone_that_was_given_is_written(tmp_path: Path) -> None:
    path = put(tmp_path, "case_id,reported_at", ["A,2021-03-02T10:00", "B,2021-03-03T10:00"])
    assert 'timezone = "America/Chicago"' in suggest_mapping(path, "America/Chicago").toml()
    assert load_mapping(_kept(path, "America/Chicago")).timezone == "America/Chicago"
    assert load_mapping(_kept(path, None)).timezone is None


def _kept(path: Path, zone: str | None) -> Path:
    target = path.with_name("z.toml")
    target.write_text(suggest_mapping(path, zone).toml(), encoding="utf-8")
    return target


@pytest.mark.parametrize(
    "header",
    [
        "Residence City", "residence_city", "RES_CITY", "City of Residence", "Resident County",
        "County of Residence", "Home City", "Decedent Zip", "Decedent_City", "Usual Residence Town",
        "Residential Postcode", "Birth County", "Victim City", "ResidenceCity", "Domicile District",
    ],
)  # fmt: skip
def test_where_somebody_lived_is_no_area_of_the_case(tmp_path: Path, header: str) -> None:
    rows = [f"A{k},2021-03-02,Town{k % 3}" for k in range(9)]
    found = suggest_mapping(put(tmp_path, f"case_id,reported_at,{header}", rows))
    assert "area" not in found.columns
    assert {"premises", "agency", "place_key"}.isdisjoint(found.columns)


@pytest.mark.parametrize("header", ["City", "Incident City", "Death County", "Borough", "Zip"])
def test_where_it_happened_is_the_area(tmp_path: Path, header: str) -> None:
    rows = [f"A{k},2021-03-02,Town{k % 3}" for k in range(9)]
    found = suggest_mapping(put(tmp_path, f"case_id,reported_at,{header}", rows))
    assert found.columns["area"] == [header]


def placed(
    tmp_path: Path, rows: list[tuple[float, float]], zone: str | None = None
) -> dict[str, list[str]]:
    path = tmp_path / "p.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["case_id", "reported_at", "latitude", "longitude"])
        writer.writerows([f"P{k}", "2021-03-02", *row] for k, row in enumerate(rows))
    quality = assess(read(path, zone=zone))
    return {one.what: list(one.examples) for one in quality.impossible if one.field == "place"}


UK, CHICAGO, SYDNEY = (51.5, -0.12), (41.85, -87.65), (-33.9, 151.2)


def turn(point: tuple[float, float]) -> tuple[float, float]:
    return point[1], point[0]


@pytest.mark.parametrize(
    ("rows", "zone", "found"),
    [
        ([UK, UK, turn(UK), UK], None, {EXCHANGED: ["P2"]}),
        ([turn(UK), turn(UK), turn(UK), UK], None, {EXCHANGED: ["P0", "P1", "P2"]}),
        ([turn(UK)], None, {EXCHANGED: ["P0"]}),
        ([UK, UK, UK], None, {}),
        ([CHICAGO, turn(CHICAGO), CHICAGO], "America/Chicago", {EXCHANGED: ["P1"]}),
        ([turn(CHICAGO)] * 3 + [CHICAGO], None, {EXCHANGED: ["P0", "P1", "P2"]}),
        ([turn(CHICAGO)] * 3, "America/Chicago", {EXCHANGED: ["P0", "P1", "P2"]}),
        ([UK, UK, CHICAGO], None, {ABROAD: ["P2"]}),
        ([(-33.9, 18.4)] * 3 + [(18.4, -33.9)], "Africa/Johannesburg", {EXCHANGED: ["P3"]}),
        ([(48.1, 11.6)] * 3 + [(11.6, 48.1)], "UTC", {EXCHANGED: ["P3"]}),
        ([(48.1, 11.6)] * 3 + [(11.6, 48.1)], "Europe/Berlin", {EXCHANGED: ["P3"]}),
    ],
)
def test_quality_names_exchanged_degrees(
    tmp_path: Path, rows: list[tuple[float, float]], zone: str | None, found: dict[str, list[str]]
) -> None:
    assert placed(tmp_path, rows, zone) == found


def test_a_latitude_beyond_the_pole_says_that_it_may_be_exchanged(tmp_path: Path) -> None:
    path = put(tmp_path, "case_id,reported_at,latitude,longitude", ["A,2021-03-02,-122.4,37.8",
               "B,2021-03-02,1234,37.8", "C,2021-03-02,51.5,-0.1"])  # fmt: skip
    reasons = [reject.reason for reject in read(path).rejects]
    assert "exchanged" in reasons[0]
    assert "exchanged" not in reasons[1]


@pytest.mark.parametrize(
    ("zone", "point", "said"),
    [
        ("Europe/London", CHICAGO, "United Kingdom"), ("Europe/London", (48.86, 2.35), "Kingdom"),
        ("America/Chicago", UK, "United States"), ("Europe/London", UK, ""),
        ("America/New_York", (21.3, -157.9), ""), ("Pacific/Auckland", (-41.3, 174.8), ""),
        ("Australia/Perth", SYDNEY, ""), ("UTC", SYDNEY, ""),
        ("Europe/Dublin", (54.6, -5.2), "Ireland"),
        ("Europe/London", turn(UK), "exchanged"),
    ],
)  # fmt: skip
def test_points_outside_the_country_of_the_zone(
    zone: str, point: tuple[float, float], said: str
) -> None:
    note = note_abroad([Point(*point, None)] * 3, zone)
    assert said in note
    assert bool(note) == bool(said)
    assert note_abroad([Point(*point, None)] * 2, zone) == ""  # two say nothing of a file


@given(st.sampled_from(["Europe/London", "America/Denver", "Asia/Tokyo"]), st.floats(-90, 90))
def test_law_a_country_box_holds_every_longitude_it_spans(zone: str, latitude: float) -> None:
    country = country_of_zone(zone)
    assert country is not None
    assert country.contains((country.south + country.north) / 2, country.west)
    assert not country.contains(country.north + 1, country.west)
    assert country.contains(latitude, country.east) == (
        country.south - 0.25 <= latitude <= country.north + 0.25
    )
