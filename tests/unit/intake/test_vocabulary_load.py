from pathlib import Path

import pytest

import clew.vocabulary
from clew.errors import UsageRejected
from clew.model.contract import LIST_COLUMNS
from clew.model.values import MissingCause
from clew.vocabulary.load import word_key, words

NAMES = sorted(p.stem for p in Path(clew.vocabulary.__path__[0]).glob("*.toml"))


@pytest.mark.parametrize("name", ["premises", "classes", "manners", "roles", "entity_types"])
def test_ids_labels_and_synonyms_lead_to_the_id(name: str) -> None:
    vocabulary = words(name)
    assert len(set(vocabulary.ids)) == len(vocabulary.ids)
    for word in vocabulary.ids:
        assert word == word_key(word)
        assert vocabulary.canonical(word) == word
        assert vocabulary.canonical(vocabulary.label(word)) == word


def test_case_space_and_hyphen_play_no_part() -> None:
    premises = words("premises")
    assert {premises.canonical(t) for t in ("Nursing Home", "nursing-home", "NURSING_HOME")} == {
        "care_home"
    }
    assert premises.canonical("Churchyard") == "burial_ground"
    assert premises.canonical("castle in the air") is None
    assert premises.canonical("") is None


def test_the_contract_is_covered() -> None:
    premises = "home apartment care_home hospital institution hotel street open_space burial_ground"
    premises += " water railway vehicle vacant_building workplace building other"
    assert set(premises.split()) == set(words("premises").ids)
    assert set(words("placeholders").ids) == {*MissingCause, "number", "date"}
    lists = LIST_COLUMNS - {"substances", "tested_for", "entities", "mentions", "references"}
    for name in lists:
        assert words(name).ids


def test_an_unknown_vocabulary_is_refused() -> None:
    with pytest.raises(UsageRejected, match="no vocabulary"):
        words("moods")


def test_an_id_that_is_not_here_reads_as_plain_words() -> None:
    assert words("premises").label("tree_house") == "tree house"
    assert words("premises") is words("premises")
