"""Names, homes and numbers that nobody has, made of syllables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from clew.synthetic.rates import Floats
from clew.vocabulary.load import name_forms
from synthetic.rates import read_rates

GIVEN, FAMILY, STREETS = 1_500, 20_000, 900
"""Different names and streets (declared)."""


def _parts(kind: str) -> list[str]:
    return list(read_rates("register")["words"][kind])


def _word(rng: np.random.Generator, syllables: int) -> str:
    drawn = rng.random((syllables, 3)).tolist()
    kinds = [_parts(kind) for kind in ("begin", "middle", "end")]
    return "".join(
        sounds[int(share * len(sounds))]
        for syllable in drawn
        for sounds, share in zip(kinds, syllable, strict=True)
    )


def _zipf(size: int, power: float, shift: float) -> Floats:
    """Return cumulative shares of ranks by the law of Zipf and Mandelbrot."""
    share = 1.0 / (np.arange(size) + shift) ** power
    return np.asarray(np.cumsum(share / share.sum()), dtype=np.float64)


@dataclass(frozen=True)
class Words:
    """Lists by rank, commonest first, and their cumulative shares."""

    male: Sequence[str]
    female: Sequence[str]
    families: Sequence[str]
    streets: Sequence[str]
    given_share: Floats
    family_share: Floats

    def given(self, sex: str, rng: np.random.Generator) -> str:
        """Draw a given name; the commonest has about 3 %."""
        names = self.male if sex == "male" else self.female
        return names[int(np.searchsorted(self.given_share, rng.random()))]

    def middle(self, sex: str, rng: np.random.Generator) -> str:
        """Draw a middle name, or none for a third of people."""
        return self.given(sex, rng) if rng.random() < 0.67 else ""

    def family(self, rng: np.random.Generator) -> str:
        """Draw a family name; the commonest has about 1.2 %."""
        return self.families[int(np.searchsorted(self.family_share, rng.random()))]

    def town(self, rng: np.random.Generator) -> int:
        """Draw a town; half of them have a tenth of the people."""
        towns = int(read_rates("register")["towns"])
        return min(int(rng.exponential(towns / 4)), towns - 1)

    def home(self, town: int, rng: np.random.Generator) -> tuple[str, str]:
        """Draw a door in a town, and its postcode, which a dozen doors share."""
        street = int(rng.integers(len(self.streets)))
        number = int(rng.integers(1, 160))
        flat = f"Flat {int(rng.integers(1, 12))}, " if rng.random() < 0.15 else ""
        area = "ABCDEFGHJKLMNPRSTUWYZ"
        unit = (street * 7 + number // 12) % 484
        code = f"{area[town % 21]}{area[town // 21]}{1 + street % 9} {1 + (street // 9) % 9}"
        return f"{flat}{number} {self.streets[street]}", code + area[unit % 20] + area[unit // 25]

    def phone(self, rng: np.random.Generator) -> str:
        """Draw a number; all lie in 07 ranges and belong to nobody by intention."""
        return f"07{int(rng.integers(400, 1000)):03d}{int(rng.integers(0, 10**6)):06d}"

    def handle(self, rng: np.random.Generator) -> str:
        """Draw a handle."""
        return f"{_word(rng, 2)}{int(rng.integers(1, 9999))}"

    def vehicle(self, rng: np.random.Generator) -> str:
        """Draw a registration mark of the current form."""
        letters = "".join("ABCDEFGHJKLMNOPRSTUVWXY"[k] for k in rng.integers(0, 23, 5).tolist())
        return f"{letters[:2]}{int(rng.integers(1, 73)):02d} {letters[2:]}"


@cache
def draw_words(seed: int) -> Words:
    """Return the lists of one seed."""
    rng = np.random.default_rng(seed)
    tails, kinds, women = _parts("tail"), _parts("street"), set(_parts("female"))
    heads = sorted({line[0] for line in name_forms()})
    male, female = [h for h in heads if h not in women], [h for h in heads if h in women]
    for names in (male, female):
        rng.shuffle(names)
        held = set(heads)
        while len(names) < GIVEN:
            word = _word(rng, int(rng.integers(1, 3))) + ("a" if names is female else "")
            if word not in held:
                held.add(word)
                names.append(word)
    families: list[str] = list(
        dict.fromkeys(
            _word(rng, 1 + k % 2) + tails[int(rng.integers(len(tails)))] for k in range(FAMILY * 2)
        )
    )[:FAMILY]
    streets = [
        f"{_word(rng, 2).title()} {kinds[int(rng.integers(len(kinds)))]}" for _ in range(STREETS)
    ]
    given_share, family_share = _zipf(GIVEN, 1.1, 8.0), _zipf(FAMILY, 0.9, 12.0)
    return Words(male, female, families, streets, given_share, family_share)
