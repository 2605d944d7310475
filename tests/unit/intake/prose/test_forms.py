"""Labels with their answers: a form says yes, no or nothing of its label, whatever the concept."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.intake.prose.forms import Answer, find_answers, masked
from clew.intake.prose.read import held_values, read_narrative
from clew.intake.prose.rules import RULED_FIELDS, read_toml
from clew.vocabulary.load import words


def drawn(text: str) -> set[str]:
    return {f"{f.field}={f.value}" for f in read_narrative(text) if f.applies}


YES = ("Yes", "Y", "yes", "YES", "present", "found", "+ve", "✓", "1", "x2", "True", "Positive")
NO = (
    "No",
    "N",
    "no",
    "NO",
    "none",
    "nil",
    "none seen",
    "absent",
    "-ve",
    "0",
    "False",
    "not found",
    "Ø",
)
NEITHER = (
    "N/A",
    "n/k",
    "NK",
    "not known",
    "Unknown",
    "not checked",
    "?",
    "Yes/No",
    "Y/N",
    "tbc",
    "",
)
SEPARATED = (
    "Syringe: {}.", "Syringe - {}", "Syringe? {}", "Syringe={};", "Syringe:{}", "Syringe | {}",
    "Syringe .... {}", "Syringe\t{}", "Syringe    {}", "Syringe (Y/N): {}", "Syringe\n{}\n",
)  # fmt: skip


@pytest.mark.parametrize("form", SEPARATED)
@pytest.mark.parametrize("answer", YES)
def test_a_yes_affirms(form: str, answer: str) -> None:
    assert "scene=syringe" in drawn(form.format(answer))


@pytest.mark.parametrize("form", SEPARATED)
@pytest.mark.parametrize("answer", NO)
def test_a_no_denies(form: str, answer: str) -> None:
    if answer == "-ve" and "-" in form:
        pytest.skip("a dash beside a dash is read by nobody")
    assert drawn(form.format(answer)) == set()


@pytest.mark.parametrize("answer", NEITHER)
def test_no_answer_says_nothing(answer: str) -> None:
    for label in ("Suicide note", "Phone", "Forced entry", "Rigor mortis", "Injuries"):
        assert read_narrative(f"{label}: {answer}\nRef: 1") == ()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("[x] Rope noose [ ] Tourniquet [x] Foil", {"scene=ligature", "scene=foil"}),
        ("☑ Tourniquet\n☐ Foil\n☒ Pipe", {"scene=tourniquet", "scene=pipe"}),
        ("Tourniquet [ ] Foil [x] Pipe [ ]", {"scene=foil"}),
        ("Tourniquet ✗ Foil ✓", {"scene=foil"}),
        ("Tourniquet: [x] Yes [ ] No", {"scene=tourniquet"}),
        ("Tourniquet: [ ] Yes [x] No", set()),
        ("Tourniquet: Yes ☐ No ☒", set()),
        ("Tourniquet: Yes [ ] No [ ]", set()),
        ("Tourniquet: [x] Yes [x] No", set()),
        ("[ ] Phone [ ] Wallet", set()),
        ("Ø tourniquet, Ø foil", set()),
        ("Tourniquet: Y Foil: N Pipe: Y", {"scene=tourniquet", "scene=pipe"}),
        ("Tourniquet: Yes (on arm). Foil: no - bin searched.", {"scene=tourniquet"}),
        ("Was a tourniquet found? No. Was foil found? Yes.", {"scene=foil"}),
        ("Tourniquet: No tourniquet found", set()),
        ("Phone: Yes", {"scene=phone_present"}),
        ("Phone: No", {"missing_items=phone"}),
        ("Phone: in right pocket", {"scene=phone_present"}),
        ("Phone missing: No", set()),
        ("Phone missing: Yes", {"missing_items=phone"}),
        ("Keys: N", {"missing_items=keys"}),
        ("Shoes: N", {"clothing=no_shoes"}),
        ("Forced entry: N", {"scene=no_forced_entry"}),
        ("Weapon present: N", {"scene=weapon_absent"}),
        ("Rigor: N", {"body_state=rigor_absent"}),
        ("Rigor: partial", {"body_state=rigor_partial"}),
        ("Lividity fixed: N", {"lividity=not_fixed"}),
        ("Injuries: N", {"injuries=none_seen"}),
        ("Heroin: neg. Cocaine: pos.", {"substances=cocaine"}),
        ("Note: officer to call the landlord", set()),
        ("Note: on the table", {"scene=note"}),
        ("Bag over head: No", set()),
        ("No tourniquet: none", set()),
        ("No phone or ID check possible - no phone on pt.", {"missing_items=phone"}),
        ("Phone in poss. Nil wallet.", {"missing_items=wallet"}),
    ],
)
def test_forms_as_they_are_met(text: str, values: set[str]) -> None:
    assert drawn(text) == values


@pytest.mark.parametrize(
    "text",
    [
        "Sat 14/11/2020", "Sat 14th Nov", "SAT 14/11/20 0310 HRS", "Last seen on Sat.",
        "Sat night", "Sats 91%", "sats: 88 %", "O2 sat 90", "SpO2 sats not recordable", "Fri/Sat",
        "Sat-Sun rota",
    ],
)  # fmt: skip
def test_saturday_and_saturation_are_no_posture(text: str) -> None:
    assert not any(value.startswith("posture") for value in drawn(text))


@pytest.mark.parametrize(
    "text", ["He sat on the step.", "Pt sat in hall Sat 14/11.", "SAT AGAINST WALL", "Sat upright"]
)
def test_who_sat_still_sits(text: str) -> None:
    assert "posture=sitting" in drawn(text)


@pytest.mark.parametrize(
    "text", ["Case No. 4 was closed.", "Flat No. of the door is 7.", "O2 given by crew.", "on O2"]
)
def test_what_is_no_form_draws_nothing(text: str) -> None:
    assert drawn(text) == set()


def _labels() -> list[tuple[str, str, str]]:
    """Every concept of the rules by its name in the vocabulary."""
    return [
        (field, value, words(field).label(value))
        for field in RULED_FIELDS
        for value in read_toml(field)
        if value in words(field).ids
    ]


@pytest.mark.parametrize(("field", "value", "label"), _labels())
def test_every_concept_is_answered(field: str, value: str, label: str) -> None:
    """A name with marks or a joint of its own may be read as another; it is never turned round."""
    affirmed = drawn(f"{label}: Yes")
    denied = drawn(f"{label}: No")
    nothing = drawn(f"{label}: N/A")
    assert nothing == set()
    assert f"{field}={value}" not in denied or f"{field}={value}" not in affirmed
    if "," not in label and "/" not in label and "(" not in label and len(label.split()) <= 4:
        assert affirmed, label


def test_the_words_of_a_form_are_quoted() -> None:
    text = "Suicide note: No. Tourniquet: Yes."
    facts = read_narrative(text)
    assert [(f.value, f.stance, f.quote) for f in facts] == [
        ("note", "denied", "Suicide note: No"),
        ("tourniquet", "affirmed", "Tourniquet: Yes"),
    ]
    assert all(text[f.start : f.end] == f.quote for f in facts)
    assert held_values(facts) == {"scene": ("tourniquet",)}


@given(st.text(alphabet="Note: YesNo[]x ?.-\n\t/()☐☒Ø=|,;10", max_size=120))
def test_law_masks_keep_the_length_and_answers_do_not_overlap(text: str) -> None:
    answers = find_answers(text)
    assert len(masked(text, answers, lambda _: True)) == len(text)
    for one, other in pairwise(answers):
        assert one.quoted[1] <= other.quoted[0]
    for fact in read_narrative(text):
        assert text[fact.start : fact.end] == fact.quote


@given(
    st.lists(
        st.tuples(st.sampled_from(["Tourniquet", "Foil", "Syringe", "Ligature"]), st.booleans()),
        unique_by=lambda pair: pair[0],
        min_size=1,
    ),
    st.sampled_from([". ", "; ", "\n", ", ", " / ", " "]),
    st.sampled_from([(": Yes", ": No"), (": Y", ": N"), ("? Y", "? N"), ("=y", "=n")]),
)
def test_law_a_form_says_what_its_boxes_say(
    answers: list[tuple[str, bool]], joint: str, said: tuple[str, str]
) -> None:
    text = joint.join(label + said[0 if yes else 1] for label, yes in answers)
    assert drawn(text) == {f"scene={label.lower()}" for label, yes in answers if yes}


@pytest.mark.parametrize("run", [" ", "\n", ".", "?", "[ ] ", ": ", "- ", "a:y ", "Ø a ", "(x"])
def test_long_runs_take_linear_time(run: str) -> None:
    begun = time.process_time()
    find_answers(run * 20_000)
    assert time.process_time() - begun < 5


def test_what_an_answer_is() -> None:
    (one,) = find_answers("Tourniquet: Y")
    assert one.answer is Answer.YES
    assert one.quoted == (0, 13)
