import base64
import dataclasses
import enum
import hashlib
import random
import re
import time
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sample_answer import (
    DUPLICATE,
    LINKS,
    LOCK,
    LOCK_QUAY,
    MILL,
    QUAY,
    QUAY_MILL,
    SERIES,
    SURVIVOR,
    link,
    sample_answer,
)

from clew.cli.link import print_answer
from clew.disclosure.comparison import CardContext, show_pair, show_records
from clew.disclosure.report import choose_links, render_report
from clew.disclosure.series import show_series_matrix
from clew.disclosure.words import REASON_TO_LOOK, SILENCE, Clock, clean, letter, name_of, ordinal
from clew.model.finding import Series, Stance

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{7*7}}]]>--><!--\u202e\x00"
KEPT = {"timezone", "view"}


class Page(HTMLParser):
    """Collects elements, attributes and text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.attributes, self.text, self.ids = set(), set(), [], []
        self._skipped = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self._skipped = tag == "style"
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_data(self, data):
        if not self._skipped:
            self.text.append(data)

    def handle_endtag(self, tag):
        self._skipped = False

    @property
    def words(self):
        return re.sub(r"\s+", " ", " ".join(self.text))


def poison(thing, name=""):
    """Return a copy with hostile text in front of every string in it."""
    if isinstance(thing, enum.Enum) or name in KEPT:
        return thing
    if isinstance(thing, str):
        return HOSTILE + thing
    if isinstance(thing, tuple):
        return tuple(poison(item) for item in thing)
    if isinstance(thing, Mapping):
        return {key: poison(value) for key, value in thing.items()}
    if dataclasses.is_dataclass(thing):
        fields = dataclasses.fields(thing)
        return dataclasses.replace(
            thing, **{f.name: poison(getattr(thing, f.name), f.name) for f in fields}
        )
    return thing


@pytest.fixture(scope="module")
def html():
    return render_report(sample_answer())


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_nothing_a_record_holds_becomes_markup(page):
    poisoned = render_report(poison(sample_answer()))
    seen = Page(poisoned)
    assert seen.elements == page.elements
    assert seen.attributes <= page.attributes
    assert "script" not in seen.elements
    assert "img" not in seen.elements
    assert "<script" not in poisoned
    assert "\u202e" not in poisoned
    assert "\x00" not in poisoned
    assert "{{7*7}}" in seen.words
    assert len(re.findall(r"alert\(1\)", seen.words)) > 200


def test_the_document_asks_for_nothing(html):
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", html)
    assert "url(" not in html
    assert "@import" not in html
    assert "://" not in html
    assert " style=" not in html


def test_the_policy_names_the_style_by_its_hash(html):
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}';" in html.replace("&#39;", "'")
    assert html.count("<style") == 1


def test_same_answer_same_bytes_in_any_order(html):
    answer = sample_answer()
    rng = random.Random(7)
    for _ in range(3):
        links, cases = list(answer.links), list(answer.cases)
        rng.shuffle(links)
        rng.shuffle(cases)
        assert render_report(sample_answer(links=tuple(links), cases=tuple(cases))) == html


def test_ids_are_unique_and_every_anchor_lands(html, page):
    assert len(page.ids) == len(set(page.ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(page.ids)


def test_the_words_stand_everywhere(page, html):
    assert page.words.count(REASON_TO_LOOK) == 1, "once on a page; the style repeats it on paper"
    assert SILENCE in page.words
    assert 'content: "' + REASON_TO_LOOK in html
    assert "What this report must not be used for" in page.words


def test_words_that_are_never_used(page):
    for word in ("victim", "killer", "offender", "suspects?", "similarity score", "hotspot"):
        assert not re.search(rf"\b{word}\b", page.words, re.IGNORECASE), word


def test_a_survivor_is_not_named(page):
    assert "NEVER SHOWN" not in page.words
    assert SURVIVOR in page.words
    assert "Dan Whitlow" in page.words


def test_bans_stand_in_the_method_view_alone(html):
    assert "bans" in Page(html).words
    plain = Page(render_report(sample_answer(), method_view=False)).words
    assert "bans" not in plain
    assert "Method view" not in plain
    assert "2.31" not in plain
    outside = re.sub(r'<details class="method">.*?</details>', "", html, flags=re.DOTALL)
    assert Page(outside).words.count("bans") == 0


def test_cards_stand_best_first_then_by_chance():
    chosen = choose_links(reversed(LINKS))
    assert [(x.rank, x.chance) for x in chosen.ranked] == [
        *((1, 0.000_002), (1, 0.000_04), (1, 0.000_7), (1, 0.0102), (1, 1.7), (2, 0.031)),
    ]
    assert [x.case_b for x in chosen.shared] == [SURVIVOR]
    assert [x.case_a for x in chosen.duplicates] == [DUPLICATE]


def test_one_card_a_pair():
    again = dataclasses.replace(LINKS[2], case_a=QUAY, case_b=LOCK, rank=3)
    shown = dataclasses.replace(LINKS[2], always_shown=True)
    assert len(choose_links((*LINKS, again, shown)).ranked) == 6
    assert len(choose_links((*LINKS, again, shown)).shared) == 1


def test_what_falls_below_the_line_is_counted():
    page = Page(render_report(sample_answer(), most_links=2))
    assert "4 more ranked links are not on this page." in page.words
    assert "pair-2" in page.ids
    assert "pair-3" not in page.ids
    none = Page(render_report(sample_answer(), most_links=0)).words
    assert re.search(rf"\({QUAY}\)\s*and [^()]+\({SURVIVOR}\)", none), "both by who and where"


def test_coverage_is_repeated_and_its_lack_is_said(page):
    assert "Incidents on railways" in page.words
    assert "7 rows rejected" in page.words
    assert "30 August 2032, 08:15 (Europe/London)" in page.words
    alone = Page(render_report(sample_answer(coverage=(), rejects=1, as_of=None))).words
    assert "Only this file was searched." in alone
    assert "1 row rejected" in alone
    assert "every fact in the file" in alone


def test_the_sample_that_chance_was_measured_on_is_named_above_and_beside_each_pair(capsys):
    says = "How often unrelated deaths match was measured on a sample of 8,192 records."
    html = render_report(sample_answer(null_sample=8_192))
    assert html.count(says) > len(LINKS) / 2
    assert says not in render_report(sample_answer())
    print_answer(sample_answer(null_sample=8_192), Path("out"))
    assert says in capsys.readouterr().out
    print_answer(sample_answer(), Path("out"))
    assert "sample" not in capsys.readouterr().out


def test_an_empty_answer_teaches():
    empty = Page(render_report(sample_answer(links=(), series=(), thin=(), cases=()))).words
    assert "No pair was ranked among 16,306 records." in empty
    assert "Three things most often change the answer" in empty
    assert "judgement file" in empty


def test_values_swap_when_the_breakdown_is_the_other_way_about():
    setting = CardContext({}, Clock(ZoneInfo("UTC")), 100.0)
    turned, straight = (show_pair(x, setting, "pair", full=False) for x in (LINKS[4], LINKS[0]))
    assert turned.records[0].case_id == MILL
    assert turned.matrix[0].values == ("caller: P-31", "accused: P-31")
    assert tuple(row.finding for row in straight.matrix) == LINKS[0].breakdown.findings


def test_series_cells_say_with_whom():
    cases = {case.case_id: case for case in sample_answer().cases}
    records = show_records((MILL, QUAY, LOCK), cases)
    rows = {r.aspect: r for r in show_series_matrix(records, (LOCK_QUAY, QUAY_MILL))}
    premises = rows["Premises"]
    assert [cell.agrees for cell in premises.cells] == [(), ("C",), ("B",)]
    assert [cell.differs for cell in premises.cells] == [("B",), ("A",), ()]
    assert premises.pairs == dict.fromkeys(Stance, 0) | {Stance.AGREES: 1, Stance.DIFFERS: 1}
    assert rows["Substances"].cells[0].cause == "not yet known"
    assert not rows["Finder"].cells[0].compared
    assert rows["Distance"].notes[0] == "B and C: Found within 10 m of each other"


def test_the_adopted_series_stands_beside_the_engines(page):
    assert "2 of its 3 cases are in adopted series A1; EM-2031-0419 not." in page.words
    assert "1 adopted" not in page.words
    same = Series("A9", "adopted", SERIES[0].members, 0, 0.1)
    shown = Page(render_report(sample_answer(series=(SERIES[0], same))))
    assert "The same cases as possible series S1." in shown.words
    assert "adopted-1" not in shown.ids


def test_members_without_a_record_do_not_stop_the_report():
    shown = Page(render_report(sample_answer(cases=()))).words
    assert LOCK in shown


def test_two_hundred_cards_are_small_and_quick():
    findings = (*LOCK_QUAY.findings, *LOCK_QUAY.findings)
    pair = dataclasses.replace(LOCK_QUAY, findings=findings, micro_bans=2 * LOCK_QUAY.micro_bans)
    links = []
    for i in range(260):
        one = dataclasses.replace(pair, case_b=f"OLD-{i:04d}")
        links.append(link(one, i + 1, 0.001 * (i + 1)))
    cases = sample_answer().cases
    many = [dataclasses.replace(cases[3], case_id=f"OLD-{i:04d}") for i in range(260)]
    answer = sample_answer(links=tuple(links), cases=(*cases, *many))
    render_report(answer, most_links=1)
    start = time.process_time()
    size = len(render_report(answer).encode())
    assert time.process_time() - start < 2
    assert size < 6_000_000


def test_small_words():
    assert [letter(i) for i in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]
    assert [ordinal(i) for i in (1, 2, 3, 4, 11, 12, 21, 112)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "21st", "112th"),
    ]
    assert clean("a\x00b\ud800c\nd") == "a\ufffdb\ufffdc\nd"
    assert name_of(None) == ""
