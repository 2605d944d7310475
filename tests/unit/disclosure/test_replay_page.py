import dataclasses
import random
import re
import time
from zoneinfo import ZoneInfo

import pytest
from sample_answer import DUPLICATE, LOCK, MILL, QUAY, RIVER, SURVIVOR, at, breakdown, found
from sample_replay import (
    BEGINS,
    JUDGEMENTS,
    LOCK_CAME,
    LOCK_EVENT,
    PLAIN,
    row,
    sample_replay,
    stories,
)
from test_report_page import Page, poison

from clew.disclosure.replay_page import render_replay
from clew.disclosure.weekly_yield import show_yield
from clew.disclosure.words import REASON_TO_LOOK, REFUSED_USES, SILENCE, Clock
from clew.model.alert import Budget, Trigger
from clew.model.finding import Series
from clew.model.judgement import Judgement, Verdict

CLOCK = Clock(ZoneInfo("Europe/London"))


@pytest.fixture(scope="module")
def html():
    return render_replay(sample_replay())


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_nothing_a_record_holds_becomes_markup(page):
    replay = sample_replay()
    poisoned = poison(replay)
    accounts = {
        (r.at, p.case_id, p.linked_case_id): poison(
            replay.breakdowns[r.at, r.case_id, r.linked_case_id]
        )
        for r, p in zip(replay.rows, poisoned.rows, strict=True)
        if r.notifies
    }
    html = render_replay(dataclasses.replace(poisoned, breakdowns=accounts))
    seen = Page(html)
    assert seen.elements == page.elements
    assert seen.attributes <= page.attributes
    assert "<script" not in html
    assert "\u202e" not in html
    assert "\x00" not in html
    assert len(re.findall(r"alert\(1\)", seen.words)) > 200


def test_the_document_asks_for_nothing(html):
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", html)
    for asked in ("url(", "@import", "://", " style=", "<script"):
        assert asked not in html
    assert html.count("<style") == 1
    assert "default-src 'none'; style-src 'sha256-" in html.replace("&#39;", "'")


def test_ids_are_unique_and_every_anchor_lands(html, page):
    assert len(page.ids) == len(set(page.ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(page.ids)


def test_the_words_stand_everywhere(page, html):
    assert page.words.count(REASON_TO_LOOK) == 1
    assert 'content: "' + REASON_TO_LOOK in html
    assert SILENCE in page.words
    assert all(use in page.words for use in REFUSED_USES)


def test_words_that_are_never_used(page):
    words = page.words
    for use in REFUSED_USES:
        words = words.replace(use, "")
    for word in ("victim", "killer", "offender", "suspects?", "similarity score", "hotspot",
                 "bans?", "probability", "confidence", "guilt", "priority"):  # fmt: skip
        assert not re.search(rf"\b{word}\b", words, re.IGNORECASE), word


def test_no_weight_and_no_bare_chance_stands_on_the_page(page):
    for r in (*sample_replay().alerts, *sample_replay().updates):
        assert f"{r.micro_bans / 1e6:.2f}" not in page.words
        assert f"{r.chance:.4g}" not in page.words
    assert "2.31" not in page.words


def test_it_says_what_was_compared_the_warm_up_and_what_was_not_searched(page):
    assert "16,306 records" in page.words
    assert "From 1 February 2031 until alerts started, Clew only learned" in page.words
    assert "30 November 2031, 23:59 (Europe/London)" in page.words
    assert "Incidents on railways" in page.words
    assert "7 rows rejected" in page.words
    alone = Page(render_replay(sample_replay(coverage=(), learns_from=BEGINS))).words
    assert "Only this file was searched." in alone
    assert "No time was set aside to learn" in alone


def test_hindsight_is_said_only_where_it_was_used(page):
    assert "hindsight" not in page.words
    assert "This replay used hindsight." in Page(render_replay(sample_replay(hindsight=True))).words


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (Budget(0.01), ("1 alert for every hundred new deaths", "No one has signed this budget.")),
        (
            Budget(0.035, "A. Chief", "2014-06-01"),
            ("3.5 alerts for every hundred new deaths", "Signed by A. Chief on 1 June 2014."),
        ),
        (
            Budget(0.1, "A. Chief"),
            ("10 alerts for every hundred new deaths", "Signed by A. Chief, with no date given."),
        ),
    ],
)
def test_the_budget_is_dated_and_signed_or_nobody_signed(budget, said):
    page = Page(render_replay(sample_replay(budget=budget))).words
    assert ". ".join(said) in page


def test_every_alert_stands_newest_first(html):
    replay = sample_replay()
    shown = re.findall(r'<article class="card" id="alert-\d+".*?</h3>', html, re.DOTALL)
    newest = sorted((*replay.alerts, *replay.updates), key=lambda r: -r.at)
    assert len(shown) == len(newest)
    assert all(r.case_id in text for r, text in zip(newest, shown, strict=True))
    few = Page(render_replay(replay, most_alerts=2))
    assert f"{len(newest) - 2} earlier alerts, one line each" in few.words
    assert all(r.linked_case_id in few.words for r in newest)


def test_an_alert_has_its_reasons_as_they_stood(page):
    assert "The same person found both" in page.words
    assert "One lived 30 km away, the other near by" in page.words
    assert "The finder walks a dog there every morning." in page.words
    assert "New fact: substances, cause" in page.words
    assert "Judged linked, verified" in page.words
    lost = Page(render_replay(sample_replay(breakdowns={}))).words
    assert lost.count("The comparison of this pair was not stored.") == 12


def test_a_series_says_when_it_would_have_been_seen(page):
    said = "The first alert came on 4 September 2031, with the 3rd of its 3 reports."
    assert f"{said} There were 5 alerts before it." in page.words
    assert "No pair of its 2 records alerted within this budget." in page.words
    assert "6 alerts, 1 of them on this series" in page.words
    assert "None among the first five" in page.words
    assert page.words.index("Possible series S1") < page.words.index("Adopted series A1")


def test_a_series_seen_early_says_how_long_before_its_last_report():
    story = stories()[0]
    early = dataclasses.replace(
        story,
        moments=(*story.moments[:3],
                 dataclasses.replace(story.moments[0], at=at("2031-10-04T06:55"), case_id=RIVER)),
    )  # fmt: skip
    said = Page(render_replay(sample_replay(stories=(early,)))).words
    assert "That was 30 days before its last report." in said


def test_a_series_seen_through_a_new_fact_says_so():
    story = stories()[0]
    late = dataclasses.replace(story, moments=(*story.moments[:2], story.moments[3]))
    said = Page(render_replay(sample_replay(stories=(late,)))).words
    assert "15 September 2031, when a new fact came, with 2 of its 3 records known." in said


def test_series_that_chance_brings_about_are_folded_not_lost():
    by_chance = dataclasses.replace(
        stories()[0], series=Series("S9", "engine", stories()[0].series.members, 0, 4.0)
    )
    said = Page(render_replay(sample_replay(stories=(by_chance,)))).words
    assert "1 more possible series that do not stand out from chance" in said
    assert "No possible series stands out from chance." in said
    assert "Possible series S9" in said


def test_weeks_hold_new_records_alerts_and_decisions():
    weekly = show_yield(sample_replay(), CLOCK)
    assert [weekly.weeks[0].day, weekly.weeks[-1].day] == ["26 May 2031", "24 November 2031"]
    rows = [r for r in sample_replay().rows if r.rank == 1]
    assert weekly.total.records == sum(r.trigger is Trigger.NEW_CASE for r in rows)
    # An update is not counted here: it spends nothing.
    assert weekly.total.alerts == 11 == sum(weekly.total.decided.values())
    assert weekly.total.decided == {
        "linked": 1, "not_linked": 1, "undetermined": 1, "none_yet": 8,
    }  # fmt: skip
    assert weekly.total.true == 1


def test_the_last_decision_by_the_end_counts_and_later_ones_do_not():
    def decided(*judgements):
        return show_yield(sample_replay(judgements=judgements), CLOCK)

    first, later = JUDGEMENTS[0], at("2031-10-01T10:00")
    changed = Judgement(LOCK, QUAY, Verdict.NOT_LINKED, decided_at=later)
    assert decided(changed, first).total.decided["not_linked"] == 1
    after = dataclasses.replace(changed, decided_at=at("2032-10-01T10:00"))
    assert decided(first, after).total.decided["linked"] == 1
    undated = dataclasses.replace(changed, decided_at=None)
    assert decided(first, undated).total.decided["linked"] == 1
    assert decided(undated).undated == 1
    assert decided(dataclasses.replace(first, verified=False)).total.true == 0


def test_judgements_change_no_alert_on_the_page():
    def alerts(replay):
        shown = Page(render_replay(replay)).words.split("Alerts, newest first")[1]
        return re.sub(r"Judged [a-z, ]+|No judgement yet", "", shown)

    refused = tuple(
        Judgement(r.case_id, r.linked_case_id, Verdict.NOT_LINKED, decided_at=r.at)
        for r in (*sample_replay().alerts, *sample_replay().updates)
    )
    a, b = (" ".join(alerts(sample_replay(judgements=j)).split()) for j in ((), refused))
    assert a == b


def test_what_fell_below_is_counted_listed_and_sampled(page):
    assert "892 pairs were the best match of a record and never alerted." in page.words
    assert "lists all, in 894 lines: one for each time a record was compared." in page.words
    assert "1 line is about pairs that alerted at another time." in page.words
    assert "1 line may be two reports of one death." in page.words
    assert "50 of 892" in page.words
    assert "clew sample-below alerts.csv --week 2031-11-30 --size 20 --out week" in page.words
    section = page.words.split("What fell below the budget")[1]
    assert section.index("EM-2031-2321") < section.index("EM-2031-2642"), "most urgent first"


def test_duplicates_and_shared_are_named(page):
    assert "Two reports of one death?" in page.words
    assert DUPLICATE in page.words.split("Two reports of one death?")[-1]
    assert SURVIVOR in page.words.split("beyond the first five")[-1]
    assert MILL in page.words


def test_a_card_says_which_record_of_its_possible_series_it_is(page, html):
    shown = re.findall(r'<article class="card" id="alert-.*?</article>', html, re.DOTALL)
    cards: dict[str, str] = {}  # the newest of each record
    for text in shown:
        title = re.search(r'</span> (\S+) <span class="and">', text)
        cards.setdefault(title.group(1), Page(text).words)
    assert "Alert: 2nd record of this possible series" in cards[LOCK]
    assert "2nd best match of" in cards[LOCK], "its best match was a death in the same event"
    assert "Added to an alert: 3rd record of this possible series" in cards[MILL]
    assert "Best match of" in cards[MILL]
    assert page.words.count("Added to an alert") == 1
    assert "This replay raised 11 alerts, and 1 record was added." in page.words


def test_an_alert_and_an_update_of_one_moment_both_have_a_card_with_its_own_account():
    added = row(BEGINS + 9, ("C", "B"), 4.0, update=True, series_alert="B+A", series_size=3)
    alert = row(BEGINS + 9, ("C", "F"), 3.5, rank=2, alert=True, series_alert="C+F", series_size=2)
    accounts = {
        (r.at, r.case_id, r.linked_case_id): breakdown(
            "a", "b", found("place", "distance", 1.0, f"The account with {r.linked_case_id}")
        )
        for r in (added, alert)
    }
    said = Page(render_replay(sample_replay(rows=(added, alert), breakdowns=accounts))).words
    said = said.split("Alerts, newest first")[1]
    parts = [said.index(text) for text in (
        "3rd record of this", "The account with B", "2nd record of this", "The account with F",
    )]  # fmt: skip
    assert parts == sorted(parts)


def test_deaths_in_one_event_have_a_section_and_no_alert(page):
    section = page.words.split("Deaths in one event")[-1].split("How to read this report")[0]
    assert f"{LOCK_EVENT.case_id} and {LOCK_EVENT.linked_case_id}" in section
    assert "overlapping times or reports within six hours" in section
    assert page.words.count("Deaths in one event") == 2, "in the contents and as a heading"
    none = sample_replay(rows=tuple(r for r in sample_replay().rows if r is not LOCK_EVENT))
    assert "No pair looks like deaths in one event." in Page(render_replay(none)).words


def test_a_replay_with_nothing_in_it_still_says_what_it_is():
    empty = sample_replay(
        rows=(), breakdowns={}, stories=(), judgements=(), beyond=(), deaths=0, warnings=()
    )
    said = Page(render_replay(empty)).words
    assert "There was no alert within this budget." in said
    assert "0 pairs were the best match of a record and never alerted." in said
    assert "No pair looks like one death reported twice." in said
    assert "No pair looks like deaths in one event." in said
    assert "People have not adopted any series." in said
    assert said.count(SILENCE) >= 3


def test_a_walk_that_ended_before_alerting_began_says_so():
    never = 1 << 62
    short = sample_replay(
        rows=(), breakdowns={}, stories=(), beyond=(), deaths=0, learns_from=never, begins=never
    )
    said = Page(render_replay(short)).words
    assert "Alerting never started." in said
    assert "The absence of alerts says nothing about these deaths." in said


def test_one_moment_is_a_replay_too():
    render_replay(sample_replay(rows=(), learns_from=BEGINS, ends=BEGINS, stories=()))


def test_same_replay_same_bytes_whatever_the_order_of_stories_and_judgements(html):
    rng = random.Random(3)
    for _ in range(2):
        shuffled, judged = list(stories()), list(JUDGEMENTS)
        rng.shuffle(shuffled)
        rng.shuffle(judged)
        again = sample_replay(stories=tuple(shuffled), judgements=tuple(judged))
        assert render_replay(again) == html


def test_many_alerts_are_small_and_quick():
    many = [
        row(BEGINS + n * 3600, (f"C{n}", f"OLD{n}"), 3.0, alert=n % 10 == 0) for n in range(33_000)
    ]
    ends = BEGINS + 33_000 * 3600
    accounts = {(r.at, r.case_id, r.linked_case_id): PLAIN for r in many if r.alert}
    replay = sample_replay(rows=tuple(many), breakdowns=accounts, ends=ends, deaths=33_000)
    start = time.process_time()
    html = render_replay(replay)
    assert time.process_time() - start < 6
    assert len(html.encode()) < 8_000_000
    assert "each bar is 2 weeks" in html
    assert LOCK_CAME.case_id in html
