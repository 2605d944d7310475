from datetime import date
from pathlib import Path

from clew.synthetic.barking import BarkingOptions
from clew.synthetic.demo import generate_demo
from clew.synthetic.force import ForceSettings
from clew.synthetic.generated import write_generated
from clew.synthetic.times import order_of

SUMMER = ForceSettings(first_day=date(2014, 6, 1), last_day=date(2014, 9, 30), deaths_a_day=6)


def test_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_generated(generate_demo(settings=SUMMER), tmp_path / name)
    for name in ("cases.csv", "facts.csv", "coverage.csv"):
        written = (tmp_path / "one" / name).read_bytes()
        assert written == (tmp_path / "two" / name).read_bytes()
        assert written.count(b"\n") > 5


def test_the_record_stands_among_the_background_in_time_order() -> None:
    made = generate_demo(settings=SUMMER)
    assert {"BD-1", "BD-4", "MISS-1"} <= {row["case_id"] for row in made.rows}
    whens = [order_of(row["reported_at"]) for row in made.rows]
    assert whens == sorted(whens)
    assert {fact["case_id"] for fact in made.facts} <= {row["case_id"] for row in made.rows}


def test_the_background_does_not_depend_on_the_record() -> None:
    def background(options: BarkingOptions) -> list[dict[str, str]]:
        rows = generate_demo(settings=SUMMER, barking=options).rows
        return [row for row in rows if row["case_id"][:2] in {"D-", "M-", "N-"}]

    noisy = BarkingOptions(wording_noise=True, missing_share=0.25)
    assert background(BarkingOptions()) == background(noisy)
