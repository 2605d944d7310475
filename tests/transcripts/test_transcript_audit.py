"""`clew audit` on a made-up file: what is printed and written, and what is refused."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from said import clew_here

from equality import simulate

PLAN = """unit = "unit"
x = ["hour", "scene"]
w = ["load"]
[plan]
dated = 2026-01-31
group = "group_made"
focal = "f"
reference = "r"
[[outcome]]
name = "Phone examined"
column = "done"
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    columns, weeks = simulate(np.random.default_rng(4), gap=-0.2, through_load=0.6)
    with (tmp_path / "deaths.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["case_id", "reported_at", *columns.cells])
        for row, cells in enumerate(zip(*columns.cells.values(), strict=True)):
            day = 1 + int(weeks[row][1:]) % 28
            out.writerow([f"D{row}", f"2025-01-{day:02}", *cells])
        out.writerow(["D9", "2025-01-01", *[""] * len(columns.cells), "one too many"])
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    return tmp_path


def test_what_is_said_and_written(files: Path) -> None:
    said = clew_here("audit", "deaths.csv", "--plan", "plan.toml", "--out", "out", cwd=files)
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0] == "2,000 records of deaths.csv, plan dated 31 January 2026."
    assert lines[1] == "Not read and not counted: 1 row. rejects.csv lists every one."
    assert lines[2].startswith("Phone examined: ")
    assert "points less often for the group f than for comparable deaths of the group r" in lines[2]
    assert lines[3].startswith("Workload accounts for ")
    assert "This is more than chance would give." in lines[4]
    assert "An unexplained difference is not a motive" in said.out
    page = (files / "out" / "audit.html").read_text("utf-8")
    assert "Did comparable deaths get the same enquiry?" in page
    assert "<script" not in page
    found = json.loads((files / "out" / "audit.json").read_text("utf-8"))
    outcome = found["outcomes"][0]
    assert outcome["verdict"] == "difference"
    assert outcome["low"] <= -0.2 <= outcome["high"]
    assert found["refused"] == 1
    assert "the header has 10" in (files / "out" / "rejects.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('x = ["hour", "scene"]', 'x = ["group_made"]', "sensitive trait"),
        ("dated = 2026-01-31", "dated = 2999-01-31", "after today"),
        ("dated = 2026-01-31", 'dated = "soon"', "a day such as 2026-01-31"),
        ('focal = "f"', 'focal = "nobody"', "is of the group nobody"),
        ('column = "done"', 'column = "absent"', "no column absent"),
        ("[plan]", "[plans]", "no [plan]"),
        ('unit = "unit"', 'units = "unit"', "no units"),
        ("[[outcome]]", "[outcome]", "outcome is not a list"),
        ("[plan]", "[plan", "cannot be read"),
    ],
)
def test_a_plan_that_cannot_be_run_is_refused(files: Path, old: str, new: str, words: str) -> None:
    (files / "plan.toml").write_text(PLAN.replace(old, new), encoding="utf-8")
    said = clew_here("audit", "deaths.csv", "--plan", "plan.toml", cwd=files)
    assert words in said.one_line()


def test_small_counts_are_held_back(files: Path) -> None:
    rows = (files / "deaths.csv").read_text("utf-8").splitlines()
    few = [row for row in rows if ",f," in row][:14] + [row for row in rows if ",r," in row][:40]
    (files / "deaths.csv").write_text("\n".join([rows[0], *few]) + "\n", encoding="utf-8")
    said = clew_here("audit", "deaths.csv", "--plan", "plan.toml", "--json", cwd=files)
    outcome = json.loads(said.out)["outcomes"][0]
    assert outcome["held_back"] is True
    assert "crude" not in outcome


def test_effort_and_workload_are_read_beside_the_cases(files: Path) -> None:
    with (files / "effort.csv").open("w", encoding="utf-8") as file:
        file.write("case_id,outcome,done,at,source\n")
        for k in range(1_500):
            file.write(f"D{k},toxicology,{'yes' if k % 3 else 'no'},,form\n")
        file.write("D0,toxicology,yes,,form\nX,toxicology,yes,,form\nD1,toxicology,perhaps,,form\n")
    with (files / "workload.csv").open("w", encoding="utf-8") as file:
        file.write("unit,day,staff_on_duty,open_deaths\n")
        for unit in range(10):
            for day in range(1, 32):
                file.write(f"U{unit},2025-01-{day:02},{5 + unit % 3},{day}\n")
        file.write("U1,2025-01-01,0,4\n")
    plan = PLAN.replace('"done"', '"toxicology"').replace('"load"', '"open_deaths_per_officer"')
    (files / "plan.toml").write_text(plan, encoding="utf-8")
    more = ("--effort", "effort.csv", "--workload", "workload.csv", "--json")
    said = clew_here("audit", "deaths.csv", "--plan", "plan.toml", *more, cwd=files)
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert found["refused"] == 5  # one case row, three of effort, one of workload
    assert found["outcomes"][0]["n"] == 1_500
    assert found["outcomes"][0]["not_known"] == 500
    assert not found["workload_is_proxy"]


def run(files: Path, *more: str) -> dict[str, object]:
    said = clew_here("audit", "deaths.csv", "--plan", "plan.toml", *more, "--json", cwd=files)
    assert said.code == 0, said.err
    found: dict[str, object] = json.loads(said.out)
    return found


def test_a_draft_is_proposed_from_the_columns_and_can_be_run(files: Path) -> None:
    said = clew_here("audit", "deaths.csv", "--suggest-plan", cwd=files)
    assert said.code == 0, said.err
    assert "No result was looked at" in said.out
    plan = tomllib.loads(said.out)
    assert plan["plan"]["group"] == "group_made"
    assert {plan["plan"]["focal"], plan["plan"]["reference"]} == {"f", "r"}
    assert plan["unit"] == "unit"
    assert plan["w"] == ["load"]
    assert {one["column"] for one in plan["outcome"]} == {"done", "hours"}
    (files / "plan.toml").write_text(said.out, encoding="utf-8")
    assert len(run(files)["outcomes"]) == 2  # type: ignore[arg-type]


def test_without_a_plan_nothing_is_run(files: Path) -> None:
    assert "needs a plan" in clew_here("audit", "deaths.csv", cwd=files).one_line()


def test_times_are_compared_where_something_else_may_come_first(files: Path) -> None:
    timed = 'column = "hours"\nform = "time_to"\nwithin_hours = 168\ncompeting = "moved"\n'
    plan = PLAN.replace('column = "done"\n', timed)
    (files / "plan.toml").write_text(plan, encoding="utf-8")
    outcome = run(files)["outcomes"][0]  # type: ignore[index]
    assert outcome["unit"] == "hours"
    assert outcome["low"] <= outcome["given_xw"] <= outcome["high"]
    assert outcome["times"]["hours"] == [24, 72, 168]
    assert outcome["times"]["focal_done"] == sorted(outcome["times"]["focal_done"])
    assert all(share > 0.05 for share in outcome["times"]["came_first"])


def test_what_was_learned_two_days_on_makes_no_deaths_comparable(files: Path) -> None:
    with (files / "facts.csv").open("w", encoding="utf-8") as file:
        file.write("case_id,field,op,value,known_at\n")
        for k in range(2_000):
            file.write(f"D{k},scene,set,early,2025-01-01T00:00\n")
            file.write(f"D{k},scene,set,late-{k % 5},2025-09-01T00:00\n")
        file.write("NOBODY,scene,set,x,2025-01-01\n")
    found = run(files, "--facts", "facts.csv")
    assert found["refused"] == 2
    counts = (files / "clew-out" / "tables" / "counts.csv").read_text("utf-8-sig")
    assert "both groups,column,scene,early,2000" in counts
    assert "late" not in counts


def test_protected_tables_are_written(files: Path) -> None:
    run(files)
    folder = files / "clew-out" / "tables"
    counts, steps = (
        list(csv.DictReader((folder / name).read_text("utf-8-sig").splitlines()))
        for name in ("counts.csv", "differences.csv")
    )
    assert {row["of"] for row in counts} == {"file", "outcome", "column"}
    assert all(row["count"] == "held back" or int(row["count"]) >= 10 for row in counts)
    assert [row["step"] for row in steps] == [
        "as it is", "comparable", "comparable, equally busy", "the same by strata",
        "explained by workload", "over the focal group",
    ]  # fmt: skip


def test_a_second_plan_for_a_file_is_said_to_be_no_blind_one(files: Path) -> None:
    first = run(files)
    assert first["earlier_plans"] == []
    (files / "plan.toml").write_text(PLAN.replace('["hour", "scene"]', '["hour"]'), "utf-8")
    assert run(files)["earlier_plans"] == [first["plan_sha256"]]
    page = (files / "clew-out" / "audit.html").read_text("utf-8")
    assert "This is not the first plan." in page


def test_planned_looks_spend_alpha_and_need_the_looks_before(files: Path) -> None:
    looks = "dated = 2024-12-01\nlooks = 2\nlook_ends = [2025-01-14, 2025-01-31]"
    (files / "plan.toml").write_text(PLAN.replace("dated = 2026-01-31", looks), "utf-8")
    command = ("audit", "deaths.csv", "--plan", "plan.toml", "--look", "2")
    assert "every earlier look is needed" in clew_here(*command, cwd=files).one_line()
    first = run(files, "--out", "one")
    second = run(files, "--look", "2", "--earlier-look", "one/kept-look-1.json", "--out", "two")
    assert first["deaths"] + second["deaths"] == 2_000  # type: ignore[operator]
    assert "look 2 of 2 planned looks" in " ".join(second["said_of_looks"])  # type: ignore[arg-type]
    plan = (files / "plan.toml").read_text("utf-8")
    (files / "plan.toml").write_text(plan + "\n# changed", "utf-8")
    other = clew_here(*command, "--earlier-look", "one/kept-look-1.json", cwd=files)
    assert "run by another plan" in other.one_line()


def test_a_group_missing_because_of_the_outcome_has_bounds_and_no_figure(files: Path) -> None:
    columns, weeks = simulate(np.random.default_rng(4), gap=-0.2, missing="outcome")
    with (files / "deaths.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["case_id", "reported_at", *columns.cells])
        for row, cells in enumerate(zip(*columns.cells.values(), strict=True)):
            day = 1 + int(weeks[row][1:]) % 28
            group = cells[0] or "not known"
            out.writerow([f"D{row}", f"2025-01-{day:02}", group, *cells[1:]])
    outcome = run(files)["outcomes"][0]  # type: ignore[index]
    assert outcome["verdict"] == "bounds only"
    assert outcome["given_xw"] is None
    assert outcome["crude"] is None
    assert outcome["missing"]["low"] <= -0.2 <= outcome["missing"]["high"]
    assert "no single figure can be given" in outcome["said"][0]
