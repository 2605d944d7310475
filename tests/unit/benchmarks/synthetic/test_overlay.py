"""A real file with scenes, people, papers and delays laid over it."""

import csv
import gzip
import os
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from clew.intake.read import read_case_file
from clew.synthetic.force import ForceSettings
from clew.synthetic.generated import Row, write_generated
from synthetic.background import Background, background_force
from synthetic.hidden import draw_series, series_kinds
from synthetic.lookalikes import draw_lookalikes
from synthetic.overlay import OverlaySettings, overlay_real
from synthetic.overlay_classes import class_of

DATA = Path(os.environ.get("CLEW_DATA") or "CLEW_DATA is not set")


def made_up_rows() -> list[Row]:
    """Return a small file in the real one's columns, written for this test."""
    rng = np.random.default_rng(0)
    causes = [
        ("Natural", "Hypertensive disease", "Cardiovascular", "building"),
        ("Natural", "", "", "institution"),
        (
            "Accident",
            "Acute mixed drug (fentanyl and cocaine) toxicity",
            "Drug Related",
            "apartment",
        ),
        ("Homicide", "MULTIPLE GUNSHOT WOUNDS", "Gunshot Injury", "street"),
        ("Suicide", "HANGING", "Asphyxia", "building"),
        ("Accident", "DROWNING", "Drowning (non-boat)", "open_space"),
        ("Homicide", "", "", "building"),
        ("", "", "", ""),
    ]
    rows = []
    for number in range(400):
        manner, cause, kind, premises = causes[number % len(causes)]
        city = ["Milwaukee", "West Allis", "Wauwtosa", ""][number % 4 if number % 3 == 0 else 0]
        blank = number % 40 == 7
        rows.append(
            {
                "case_id": f"T-{number}",
                "reported_on": date.fromordinal(737_425 + number).isoformat(),
                "event_date_text": "",
                "age_years": "" if blank else str(20 + number % 70),
                "sex": "" if blank else ("Male", "Female")[number % 2],
                "manner": manner,
                "cause": cause,
                "death_type": kind,
                "premises": premises,
                "place_key": f"k{number % 300}" if premises else "",
                "city": city,
                "latitude": "" if blank else f"{43 + rng.normal(0, 0.05):.3f}",
                "longitude": "" if blank else f"{-87.9 + rng.normal(0, 0.05):.3f}",
            }
        )
    return rows


@pytest.fixture(scope="module")
def made_up() -> Background:
    return overlay_real(made_up_rows(), OverlaySettings(), np.random.default_rng(1))


def test_same_seed_gives_the_same_rows(made_up: Background) -> None:
    again = overlay_real(made_up_rows(), OverlaySettings(), np.random.default_rng(1))
    assert (made_up.rows, made_up.facts) == (again.rows, again.facts)
    other = overlay_real(made_up_rows(), OverlaySettings(), np.random.default_rng(2))
    assert made_up.rows != other.rows


def test_no_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="no rows"):
        overlay_real([], OverlaySettings(), np.random.default_rng(1))


def test_classes_follow_manner_type_and_cause() -> None:
    rows = made_up_rows()[:8]
    assert [class_of(row) for row in rows] == [
        "natural",
        "natural",
        "drug",
        "homicide_gun",
        "suicide_hanging",
        "drowning",
        "homicide_unknown",
        "natural",
    ]


def test_what_is_real_stays_and_causes_come_late(made_up: Background) -> None:
    deaths = [row for row in made_up.rows if row["kind"] == "death"]
    assert 400 <= len(deaths) <= 410
    causes = Counter(row["cause"] for row in deaths if "cause" in row)
    assert causes["HANGING"] >= 48
    assert causes["MULTIPLE GUNSHOT WOUNDS"] >= 48
    assert not any("substances" in row or "tested_for" in row for row in made_up.rows)
    late = [fact for fact in made_up.facts if fact["field"] == "cause"]
    day = {row["case_id"]: row["reported_at"][:10] for row in made_up.rows}
    assert all(fact["recorded_at"][:10] >= day[fact["case_id"]] for fact in late)
    assert {fact["case_id"] for fact in late} == {
        r["case_id"] for r in made_up.rows if "cause" in r
    }
    assert "PD-WAUWATOSA" in {row["agency"] for row in deaths}


def test_noise_is_near_the_declared(made_up: Background) -> None:
    homes = [row for row in made_up.rows if row.get("premises") == "home"]
    assert 0.6 < sum("place_key" in row for row in homes) / len(homes) < 0.9
    corrected = Counter((f["case_id"], f["field"]) for f in made_up.facts)
    share = sum(n > 1 and name != "category" for (_, name), n in corrected.items())
    assert share < 0.06 * len(made_up.rows)


def test_without_overlay_only_what_the_real_file_has() -> None:
    bare = replace(OverlaySettings(), overlay="none")
    plain = overlay_real(made_up_rows(), bare, np.random.default_rng(1))
    assert len(plain.rows) == 400
    columns = {name for row in plain.rows for name in row}
    assert not columns & {"scene", "entities", "earliest", "category", "narrative", "references"}
    assert {row.get("premises") for row in plain.rows} <= {
        *("building", "institution", "apartment", "open_space", "street", None)
    }


def test_a_made_up_force_suffers_the_same_noise() -> None:
    settings = ForceSettings(date(2014, 1, 1), date(2014, 4, 30), deaths_a_day=20)
    made = background_force(5, settings)
    again = background_force(5, settings)
    assert (made.rows, made.facts) == (again.rows, again.facts)
    assert all(row["case_id"].startswith("X-2014-") for row in made.rows)
    assert len({row["case_id"] for row in made.rows}) == len(made.rows)
    counts = Counter((fact["case_id"], fact["field"]) for fact in made.facts)
    twice = {case for (case, name), number in counts.items() if number > 1 and name != "category"}
    assert 0.01 < len(twice) / len(made.rows) < 0.03


@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data is not here (CLEW_DATA)")
def test_the_real_file_is_laid_over_and_read_without_rejects(tmp_path: Path) -> None:
    path = DATA / "milwaukee_deaths_2020_2023.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    made = overlay_real(rows, OverlaySettings(), np.random.default_rng(1))
    assert sum(row["kind"] == "death" for row in made.rows) >= 16_306
    planted = [draw_series(kind, made, np.random.default_rng(2)) for kind in series_kinds()]
    planted += draw_lookalikes(made, np.random.default_rng(3))
    seen, all_rows, facts = set(made.classes), list(made.rows), list(made.facts)
    for series in planted:
        if not seen & set(series.classes):
            seen |= set(series.classes)
            all_rows, facts = all_rows + series.rows, facts + series.facts
    write_generated(replace(made.generated(), rows=all_rows, facts=facts), tmp_path)
    read = read_case_file(
        tmp_path / "cases.csv", facts=tmp_path / "facts.csv", timezone="America/Chicago"
    )
    assert read.rejects == ()
    assert len(read.histories) == len(all_rows)
    premises = Counter(row.get("premises") for row in made.rows)
    assert all(premises[kind] >= 10 for kind in ("burial_ground", "vacant_building", "water"))
