"""Who is behind a code: a made-up register with known truth, against Splink's own defaults.

`python benchmarks/identities.py [persons]`; 100,000 persons where no number is given.
"""

from __future__ import annotations

import csv
import logging
import resource
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on

from clew.identities.register import read_register
from clew.identities.resolve import ResolveOptions, resolve
from clew.identities.splink_run import SEED, duckdb_engine
from clew.model.identity import REGISTER_COLUMNS, RegisterRecord, Resolution
from synthetic.register import Register, generate_register
from synthetic.register_traps import TRAPS, with_traps

PERSONS, DRAW = 100_000, 11
"""The register that is measured; seed 7 is the one on which the rules were tried."""
THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99)
Pairs = dict[tuple[str, str], float]


def main(persons: int = PERSONS) -> str:
    """Return the tables of the section."""
    made = with_traps(generate_register(persons, DRAW), DRAW)
    truth = true_pairs(made)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, REGISTER_COLUMNS)
            writer.writeheader()
            writer.writerows(made.rows)
        begun = time.perf_counter()
        records, _, _ = read_register(path, date(2026, 1, 1))
        read_in = time.perf_counter() - begun
    begun = time.perf_counter()
    found = resolve(records, ResolveOptions(duckdb_engine()))
    took = time.perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    said = [
        f"{persons:,} persons and {len(made.people) - persons:,} of trap pairs"
        f" who do not exist in {len(made.rows):,} records, {len(truth):,} true"
        f" pairs; fields missing at 20 to 37 %. Read in {read_in:.0f} s, resolved in {took:.0f} s,"
        f" {memory:.1f} GB; {sum(found.compared.values()):,} pairs were weighed closely.\n",
    ]
    said += _against(records, found, truth)
    said += ["", *_by_trap(made, found, truth), "", *_calibration(found, truth)]
    said += ["", *_above_half(records, found)]
    return "\n".join(said)


def true_pairs(made: Register) -> set[tuple[str, str]]:
    """Return the pairs of codes that are one person."""
    held = defaultdict(list)
    for code, person in made.person.items():
        held[person].append(code)
    return {pair for codes in held.values() for pair in combinations(sorted(codes), 2)}


def grouped(found: Resolution) -> set[tuple[str, str]]:
    """Return every pair of codes that proposals bring into one group."""
    held = defaultdict(set)
    for one in found.proposals:
        held[one.group] |= {one.code_a, one.code_b}
    return {pair for codes in held.values() for pair in combinations(sorted(codes), 2)}


def _against(
    records: tuple[RegisterRecord, ...], found: Resolution, truth: set[tuple[str, str]]
) -> Iterable[str]:
    yield "| who is one | pairs | precision | recall |"
    yield "| --- | --- | --- | --- |"
    ours = {(p.code_a, p.code_b): p.probability for p in found.proposals}
    yield _row("Clew, proposals", set(ours), truth)
    yield _row("Clew, all pairs within groups of proposals", grouped(found), truth)
    ranked = ours | {
        (p.code_a, p.code_b): p.probability for p in found.undecided if _open(p.why_not)
    }
    for name, comparisons in defaults().items():
        begun = time.perf_counter()
        theirs = splink_defaults(records, comparisons)
        took = time.perf_counter() - begun
        for least in (0.5, 0.95):
            got = {pair for pair, chance in theirs.items() if chance >= least}
            yield _row(f"Splink, {name}, at {least:g} ({took:.0f} s)", got, truth)
            yield _same_recall(ranked, len(got & truth), truth)


def _open(why_not: str) -> bool:
    return why_not.startswith(("too little", "the record may"))


def _row(name: str, got: set[tuple[str, str]], truth: set[tuple[str, str]]) -> str:
    right = len(got & truth)
    return f"| {name} | {len(got):,} | {right / max(len(got), 1):.4f} | {right / len(truth):.4f} |"


def _same_recall(ranked: Pairs, wanted: int, truth: set[tuple[str, str]]) -> str:
    """Return a row of Clew's own pairs, likeliest first, until as many true ones are found."""
    right = taken = 0
    for pair in sorted(ranked, key=lambda p: (-ranked[p], p)):
        if right >= wanted:
            break
        taken += 1
        right += pair in truth
    reached = "as many true pairs" if right >= wanted else "all it lists (fewer true pairs)"
    return (
        f"| Clew, likeliest first, {reached} | {taken:,} | {right / max(taken, 1):.4f} |"
        f" {right / len(truth):.4f} |"
    )


def defaults() -> dict[str, list[Any]]:
    """Return two sets of comparisons as Splink's own tutorials write them."""
    exact = [cl.ExactMatch(name) for name in ("given", "family", "dob", "postcode", "phone")]
    tutorial = [
        cl.NameComparison("given"),
        cl.NameComparison("family"),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
        cl.ExactMatch("address"),
    ]
    return {"exact comparisons": exact, "comparisons of its tutorial": tutorial}


def splink_defaults(records: tuple[RegisterRecord, ...], comparisons: list[Any]) -> Pairs:
    """Return the pairs that Splink proposes as its tutorial goes, with their probability.

    It is given the same records, fillers already removed and names split: that is in its favour.
    """
    plain = {
        "unique_id": [r.code for r in records],
        "given": [r.given_names[0] if r.given_names else None for r in records],
        "family": [r.family_name for r in records],
        "dob": [r.date_of_birth if len(r.date_of_birth or "") == 10 else None for r in records],
        "postcode": [r.postcode and r.postcode.replace(" ", "").upper() for r in records],
        "phone": [_digits(r.phones[0]) if r.phones else None for r in records],
        "address": [r.address and r.address.casefold() for r in records],
    }  # fmt: skip
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[
            block_on("given", "postcode"), block_on("family", "dob"), block_on("given", "family"),
            block_on("dob"), block_on("phone"),
        ],
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        engine = duckdb_engine()
        linker = Linker(engine.register(pa.table(plain)), settings, log_level=logging.ERROR)
        linker.training.estimate_probability_two_random_records_match(
            [block_on("given", "family", "dob"), block_on("phone", "given")], recall=0.7
        )
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
        for block in (block_on("given", "family"), block_on("dob")):
            linker.training.estimate_parameters_using_expectation_maximisation(block)
        told = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
    rows = zip(told["unique_id_l"], told["unique_id_r"], told["match_probability"], strict=True)
    return {(min(a, b), max(a, b)): float(p) for a, b, p in rows}


def _digits(phone: str) -> str:
    return "".join(c for c in phone if c.isdigit())[-9:]


def _by_trap(made: Register, found: Resolution, truth: set[tuple[str, str]]) -> Iterable[str]:
    """Yield recall by what happened to the records, and false proposals by trap."""
    got = grouped(found)
    slips: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for pair in truth:
        for slip in made.notes[pair[0]] | made.notes[pair[1]] or {"none of these"}:
            slips[slip] += 1
            kept[slip] += pair in got
    yield "| what happened to a record of the pair | true pairs | found in one group |"
    yield "| --- | --- | --- |"
    for slip, count in sorted(slips.items(), key=lambda one: -one[1]):
        yield f"| {slip.replace('_', ' ')} | {count:,} | {kept[slip] / count:.3f} |"
    yield ""
    yield "| two people of one trap | their pairs of records | wrongly brought together |"
    yield "| --- | --- | --- |"
    pairs, wrong = _false(made, got)
    for trap in ("twin", "namesake", "household", "common", *TRAPS):
        yield f"| {trap} | {pairs[trap]:,} | {wrong[trap]:,} |"
    yield f"| none of these | | {wrong['']:,} |"


def _false(made: Register, got: set[tuple[str, str]]) -> tuple[Counter[str], Counter[str]]:
    """Return pairs of records of two people of one trap, and those wrongly brought together."""

    def trap_of(a: str, b: str) -> str:
        one, other = made.people[made.person[a]], made.people[made.person[b]]
        if one.household == other.household:
            return one.trap if one.trap == other.trap and one.trap != "common" else "household"
        return "common" if one.trap == other.trap == "common" else ""

    homes = defaultdict(list)
    common = []
    for code, person in made.person.items():
        homes[made.people[person].household].append(code)
        if made.people[person].trap == "common":
            common.append(code)
    pairs: Counter[str] = Counter()
    for codes in homes.values():
        pairs.update(
            trap_of(a, b) for a, b in combinations(codes, 2) if made.person[a] != made.person[b]
        )
    pairs["common"] = sum(
        made.people[made.person[a]].given == made.people[made.person[b]].given
        and made.people[made.person[a]].family == made.people[made.person[b]].family
        and made.person[a] != made.person[b]
        for a, b in combinations(common, 2)
    )
    wrong = Counter(trap_of(a, b) for a, b in got if made.person[a] != made.person[b])
    return pairs, wrong


def _above_half(records: tuple[RegisterRecord, ...], found: Resolution) -> Iterable[str]:
    """Yield how many pairs of other sex, or of births ten years apart, have more than one half."""
    of = {record.code: record for record in records}
    counts = dict.fromkeys(("other sex", "births at least ten years apart"), 0)
    for pair in (*found.proposals, *found.undecided):
        a, b = of[pair.code_a], of[pair.code_b]
        if pair.probability > 0.5:
            counts["other sex"] += bool(a.sex and b.sex and a.sex != b.sex)
            years = [int((one.date_of_birth or "0")[:4]) for one in (a, b)]
            counts["births at least ten years apart"] += all(years) and abs(years[0] - years[1]) > 9
    yield "| pairs, proposed or undecided, with a probability above .5 | number |"
    yield "| --- | --- |"
    yield from (f"| {name} | {count:,} |" for name, count in counts.items())


def _calibration(found: Resolution, truth: set[tuple[str, str]]) -> Iterable[str]:
    yield "| probability said | pairs | mean said | share that are one person |"
    yield "| --- | --- | --- | --- |"
    listed = [p for p in (*found.proposals, *found.undecided) if not p.why_not or _open(p.why_not)]
    edges = (0.05, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 1.0000001)
    for low, high in pairwise(edges):
        ours = [p for p in listed if low <= p.probability < high]
        if ours:
            right = sum((p.code_a, p.code_b) in truth for p in ours) / len(ours)
            mean = sum(p.probability for p in ours) / len(ours)
            yield f"| {low:g} to {min(high, 1):g} | {len(ours):,} | {mean:.3f} | {right:.3f} |"


if __name__ == "__main__":
    print(main(int(sys.argv[1]) if len(sys.argv) > 1 else PERSONS))
