from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections import defaultdict
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clew.intake.prose.cause_text import read_cause, substance_groups, substance_ids
from clew.vocabulary.lexicon import (
    concept_label,
    phrase_of,
    vocabulary,
)
from clew.vocabulary.load import read_table

SUBSTANCES = read_table("substances")
MECHANISMS = read_table("mechanisms")
SPELLING = tuple(MECHANISMS["spelling"].items())

# Sentences of our own, in certifiers' wording: text, mechanism, substances.
TRANSCRIPTS = [
    ("", None, ()),
    ("  ", None, ()),
    ("PENDING", None, ()),
    ("PENDING TOXICOLOGY", None, ()),
    ("Pending drug screen", None, ()),
    ("unknown", None, ()),
    ("Undetermined", "unascertained", ()),
    ("1a Unascertained", "unascertained", ()),
    ("No anatomical cause of death", "unascertained", ()),
    ("Exsanguination", "unascertained", ()),
    ("Hypoxic-ischaemic encephalopathy", "unascertained", ()),
    ("Anoxic encephalopathy due to hanging", "hanging", ()),
    ("Complications of quadriplegia", "unascertained", ()),
    ("GHB toxicity", "drug", ("ghb",)),
    ("Gamma-hydroxybutyrate and alcohol intoxication", "drug", ("ethanol", "ghb")),
    ("1,4-butanediol and GBL poisoning", "drug", ("butanediol_1_4", "gbl")),
    ("Mixed drug toxicity (FENTANYL, cocaine)", "drug", ("cocaine", "fentanyl")),
    ("acetyl fentanyl and p-fluorofentanyl", "drug", ("acetylfentanyl", "fluorofentanyl")),
    ("Toxic effects of heroin (6-MAM)", "drug", ("heroin",)),
    ("Diamorphine overdose", "drug", ("heroin",)),
    ("norfentanyl, benzoylecgonine", "drug", ("cocaine", "fentanyl")),
    ("4-ANPP present", "drug", ("4_anpp",)),
    ("Fentnyl and xylazne toxicity", "drug", ("fentanyl", "xylazine")),
    ("β-hydroxyfentanyl", "drug", ("hydroxyfentanyl",)),
    ("somethingnew-onitazene", "drug", ("nitazene",)),
    ("drug overdose", "drug", ()),
    ("toxicity", "drug", ()),
    ("Acute ethanol intoxication", "alcohol_acute", ("ethanol",)),
    ("Acute alcohol toxicity", "alcohol_acute", ("ethanol",)),
    ("Chronic alcoholism", "alcohol_chronic", ()),
    ("Complications of chronic alcohol abuse", "alcohol_chronic", ()),
    ("Acute and chronic alcohol abuse", "alcohol_acute", ("ethanol",)),
    ("Non-alcoholic steatohepatitis", "liver", ()),
    ("Carbon monoxide poisoning", "carbon_monoxide", ("carbon_monoxide",)),
    ("Smoke inhalation and carbon monoxide toxicity", "fire_smoke", ("carbon_monoxide",)),
    ("Plastic bag and helium", "asphyxia_other", ("helium",)),
    ("Methanol ingestion", "poison_other", ("methanol",)),
    ("Insulin overdose", "drug", ("insulin",)),
    ("Insulin-dependent diabetes mellitus", "diabetes", ()),
    ("Gunshot wound of the head; acute ethanol intoxication", "firearm", ("ethanol",)),
    ("Multiple stab wounds", "sharp_force", ()),
    ("Manual strangulation and blunt force injuries", "strangulation", ()),
    ("Hanging", "hanging", ()),
    ("Positional asphyxia", "asphyxia_other", ()),
    ("Choking on food bolus", "choking", ()),
    ("Drowning while intoxicated", "drowning", ()),
    ("Multiple injuries, struck by train", "railway", ()),
    ("Blunt trauma due to motor vehicle collision", "vehicle", ()),
    ("Fracture of the left femoral neck", "fall", ()),
    ("Acute subdural haematoma", "blunt_force", ()),
    ("Nontraumatic subarachnoid haemorrhage", "stroke", ()),
    ("Ischaemic heart disease", "cardiac", ()),
    ("Carcinoma of the oesophagus with sepsis", "cancer", ()),
    ("Sepsis due to bronchopneumonia", "infection", ()),
    ("COVID-19 pneumonia", "covid", ()),
]

DENIALS = [
    ("No evidence of fentanyl", None, ()),
    ("Not drug related", None, ()),
    ("Not drug related, blunt force injuries", "blunt_force", ()),
    ("Negative for fentanyl, heroin and cocaine; positive for GHB", "drug", ("ghb",)),
    ("Fentanyl was not detected. Acute cocaine toxicity", "drug", ("cocaine",)),
    ("Cocaine toxicity, fentanyl not detected", "drug", ("cocaine",)),
    ("Drowning, without alcohol or drugs", "drowning", ()),
    ("Heroin toxicity (fentanyl negative)", "drug", ("heroin",)),
    ("Hypertension without diabetes", "cardiac", ()),
    ("Drug toxicity cannot be excluded", "drug", ()),
    ("Diabetes, not otherwise specified, and renal failure", "diabetes", ()),
    ("Heart disease; history of cocaine abuse", "cardiac", ()),
    ("Suspected fentanyl overdose, pending toxicology", "drug", ("fentanyl",)),
]


@pytest.mark.parametrize(("text", "mechanism", "substances"), TRANSCRIPTS + DENIALS)
def test_reads_transcripts(text: str, mechanism: str | None, substances: tuple[str, ...]) -> None:
    reading = read_cause(text)
    assert (reading.mechanism, reading.substances) == (mechanism, substances or None)


def test_spans_point_at_the_words() -> None:
    text = "Acute Fentanyl and ETHANOL toxicity"
    spans = {s.concept: text[s.start : s.end] for s in read_cause(text).spans}
    assert spans == {"fentanyl": "Fentanyl", "ethanol": "ETHANOL", "drug": "toxicity"}


CUES = sorted({word for words in MECHANISMS["denial"].values() for word in words})
NAMES = ["fentanyl", "4-ANPP", "chronic alcohol", "drug", "hanging", "İ", "ß", "1,4", "("]
TEXTS = st.one_of(
    st.text(max_size=300), st.lists(st.sampled_from(CUES + NAMES), max_size=30).map(" ".join)
)


@given(TEXTS)
@example("no " * 200)
@example("\ud800 fentanyl")
@example("not")
def test_never_raises_and_spans_lie_inside(text: str) -> None:
    reading = read_cause(text)
    assert reading == read_cause(text)
    assert reading.substances != ()
    if reading.substances is not None:
        assert list(reading.substances) == sorted(set(reading.substances))
        assert {s.concept for s in reading.spans} >= set(reading.substances)
    assert reading.mechanism is None or reading.mechanism in vocabulary().rank
    for span in reading.spans:
        assert 0 <= span.start < span.end <= len(text)
        assert span.kind in {"substance", "mechanism"}
    assert [s.start for s in reading.spans] == sorted(s.start for s in reading.spans)
    substance_ids(text)


@given(TEXTS)
def test_case_does_not_matter(text: str) -> None:
    plain = "".join(c for c in text if c.isascii())
    one, other = read_cause(plain.upper()), read_cause(plain.lower())
    assert (one.mechanism, one.substances) == (other.mechanism, other.substances)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "no fentanyl " * 20_000,
        "fentanyl negative, " * 20_000,
        "fentanyl and " * 20_000,
    ],
)
def test_long_texts_take_linear_time(text: str) -> None:
    started = time.process_time()
    read_cause(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("entry", SUBSTANCES["substance"], ids=lambda entry: entry["id"])
def test_every_written_name_maps_to_its_id(entry: dict[str, Any]) -> None:
    names = [*entry.get("words", ()), *entry.get("listed", ()), entry["id"].replace("_", " ")]
    for name in names:
        assert substance_ids(name) == entry["id"], name
    for name in entry.get("words", ()):
        assert read_cause(name.replace("*", "")).substances == (entry["id"],), name


def test_no_name_belongs_to_two_substances() -> None:
    owners = defaultdict(set)
    for entry in SUBSTANCES["substance"]:
        for name in (entry["id"].replace("_", " "), *entry.get("words", ())):
            owners["".join(phrase_of(name, SPELLING))].add(entry["id"])
        for name in entry.get("listed", ()):
            owners["".join(phrase_of(name, SPELLING))].add(entry["id"])
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


def test_every_mechanism_word_reads_as_its_mechanism_or_an_earlier_one() -> None:
    rank = vocabulary().rank
    for entry in MECHANISMS["mechanism"]:
        for name in entry["words"]:
            read = {s.concept for s in read_cause(name.replace("*", "")).spans}
            assert read, name
            assert read & set(rank), name
            assert min(rank[i] for i in read & set(rank)) <= rank[entry["id"]], name


def test_tables_are_whole() -> None:
    ids = [entry["id"] for entry in MECHANISMS["mechanism"]]
    assert sorted(ids) == sorted(MECHANISMS["priority"])
    substances = [entry["id"] for entry in SUBSTANCES["substance"]]
    assert len(set(substances)) == len(substances)
    assert not set(substances) & set(ids) - {"carbon_monoxide"}
    assert {g for e in SUBSTANCES["substance"] for g in e["groups"]} == set(SUBSTANCES["groups"])
    assert set(SUBSTANCES["groups"].values()) <= set(ids)
    assert set(SUBSTANCES["endings"].values()) <= set(substances)
    assert SUBSTANCES["as_of"] == MECHANISMS["as_of"] == "2026-11-22"


@pytest.mark.parametrize("name", ["GHB", "gamma-hydroxybutyrate", "sodium oxybate", "G", "g"])
def test_names_of_ghb(name: str) -> None:
    assert substance_ids(name) == "ghb"


@pytest.mark.parametrize("name", ["", "?", "zzz", "cocaine and heroin", "none", "n/a"])
def test_what_is_no_one_substance_is_unknown(name: str) -> None:
    assert substance_ids(name) is None


def test_street_names_are_not_read_in_a_text() -> None:
    assert read_cause("Seen at high speed with a rock in a glass, G block").substances is None


def test_labels_and_families() -> None:
    assert concept_label("ghb") == "GHB"
    assert concept_label("covid") == "COVID-19"
    assert concept_label("no_such") == "no_such"
    assert "opioid" in substance_groups("fentanyl")
    assert "benzodiazepine" in substance_groups("alprazolam")
    assert "ghb_related" in substance_groups("gbl")
    assert substance_groups("no_such") == ()


def _benchmark() -> ModuleType:
    path = Path(__file__).parents[3] / "benchmarks" / "cause_text.py"
    spec = importlib.util.spec_from_file_location("benchmark_cause_text", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.real
def test_held_out_labels_reach_their_figure() -> None:
    benchmark = _benchmark()
    rows = benchmark.load_rows(os.environ.get("CLEW_DATA"))
    if rows is None:
        pytest.skip("CLEW_DATA does not name a folder with the coded cause texts")
    _, held_out = benchmark.split(rows)
    scores = [benchmark.score(held_out, label) for label in benchmark.LABELS]
    assert [s.label for s in scores if s.positives >= 20 and s.f1 < 0.95] == []


def test_benchmark_counts_and_writes_its_table() -> None:
    benchmark = _benchmark()
    blank = dict.fromkeys(benchmark.LABELS, "0") | {"injury_description": ""}
    rows = [
        blank | {"county": "A", "cause": "Heroin toxicity", "Heroin": "1", "Any Opioids": "1"},
        blank | {"county": "B", "cause": "Fentanyl toxicity", "Fentanyl": "1"},
    ]
    assert [len(half) for half in benchmark.split(rows)] == [1, 1]
    assert benchmark.score(rows, "Heroin").f1 == 1
    assert benchmark.score(rows, "Any Opioids").precision == 0.5
    assert "| Heroin | 1 | 1.000 | 1.000 | 1.000 | 0 | 1.000 | 1.000 | 1.000 |" in (
        benchmark.markdown(rows)
    )
    assert benchmark.load_rows(None) is None
