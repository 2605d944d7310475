"""Fuzz every reader of intake: generated mutations, and what must never happen.

`python benchmarks/fuzz_intake.py 20000 [seed]`. Seeds are small files that the script makes itself
(CSV, XLSX, Parquet, facts, plain JSON, FHIR JSON and XML, NDJSON, IJE, POLE, mappings, and bombs:
entities, nesting, numbers, gzip); with the real data folder in CLEW_DATA its example messages are
mutated too. A workbook and a packed file are also unpacked, mutated inside and packed again, since
a broken archive is refused before a reader sees any of it. What counts as a failure is a traceback
of any error that is not one of Clew's own, more than 5 s of the processor (the machine may be
shared), or a process that needs more than 1 GB beyond what the script itself holds. All files are
read in one process; put TMPDIR in memory, since most of the time is spent on files.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from clew.errors import ClewError
from clew.intake.cases.mapping import load_mapping
from clew.intake.messages.write_mdi import document, json_text, toxicology_messages
from clew.intake.read import CaseSources
from clew.intake.suggest.propose import suggest_mapping
from clew.workflows.intake import IntakeOptions, take_in

SECONDS, BYTES, NOW = 5.0, 1024**3, 1_800_000_000
CSV = (
    "case_id,reported_at,earliest,latitude,longitude,age_years,sex,scene,entities,cause,group_x,substances\n"
    "A,2014-06-19T04:05,2014-06-18,51.5,0.08,22,male,note; phone,caller:person:P1,Hanging,x,\n"
    'B,2014-08-28,,,,999,female,none,,"GHB toxicity, ""mixed""",,ghb\n'
    "C,2015-09-14,unknown,0,0,25,m,,finder:person:W2,PENDING,y,none\n"
)
FACTS = (
    "case_id,field,op,value,known_at,recorded_at\nA,substances,set,ghb,2014-07-31,2014-07-31T10:00\n"
    "A,scene,add,bottle,2014-07-01,\nB,cause,set,,2014-09-01,\nZ,age_years,set,3,2014-09-01,\n"
)
MAPPING = """name = "m"
timezone = "America/New_York"
substances_from = ["x"]
[columns]
case_id = "id"
reported_at = ["d", "t"]
[values.sex]
M = "male"
[date_formats]
reported_at = ["%m/%d/%Y"]
[traits]
group_race = "r"
[window]
column = "w"
order = "month_first"
"""
RESULT = {
    "laboratory_case": "T1",
    "case": "A",
    "issued": "2014-07-31T10:00:00+00:00",
    "results": [
        ["Ethanol", "56478-1", "Blood", "0.160 g/dL", "yes"],
        ["GHB", "", "Urine", "true", "yes"],
        ["Cocaine", "", "Blood", "<5 ng/mL", "no"],
        ["Fentanyl", "", "", "POSITIVE", "yes"],
    ],
}
TEXTS = {
    "case_id": "A",
    "reported_at": "2014-06-19T04:05:00+01:00",
    "sex": "male",
    "age_years": "22",
    "earliest": "2014-06-18",
    "latest": "2014-06-19",
    "manner": "undetermined",
    "premises": "home",
    "cause": "Mixed drug toxicity; due to GHB; other conditions: asthma",
    "latitude": "51.5",
    "longitude": "0.08",
    "narrative": "taken at home",
    "known_as": "A B",
    "toxicology report T1": json.dumps(RESULT),
}
POLE = {
    "agency": "MPS",
    "events": [
        {
            "id": "A",
            "type": "death",
            "reported_at": "2014-06-19",
            "location": "L",
            "scene": ["note"],
            "history": [{"field": "substances", "value": "ghb", "known_at": "2014-07-31"}],
        },
        {"id": "B", "type": "assault", "reported_at": "2014-06-20"},
    ],
    "persons": [{"id": "P", "sex": "male", "age_years": 22}],
    "locations": [{"id": "L", "latitude": 51.5, "longitude": 0.08, "premises": "home"}],
    "objects": [{"id": "O", "type": "phone", "code": "07700900123"}],
    "links": [
        {"event": "A", "to": "P", "role": "deceased"},
        {"event": "A", "to": "O", "role": "contact"},
        {"event": "A", "to": "B"},
    ],
}
ODD = (
    "",
    "\0",
    '"',
    "'",
    "<",
    ">",
    "&",
    "]]>",
    "{",
    "}",
    "[",
    "]",
    ",",
    ";",
    ":",
    "\\",
    "\n",
    "\r\n",
    "é",
    "\ud7ff",
    "null",
    "true",
    "NaN",
    "1e999",
    "9" * 400,
    "-1",
    "0" * 50,
    "2014-02-30",
    "9999-12-31T24:00Z",
    "none",
    "unknown",
    "%",
    "../..",
    "=cmd()",
    "\u202e",
    "\ufeff",
    "urn:uuid:",
    "A",
    "valueQuantity",
)


CLOCKS = "ID;Date;Time;Lat;Long;Age;Age Unit;Sex;Remarks\n" + "".join(
    f"{k};{k % 28 + 1:02d}/06/2014 00:00;{(k * 137) % 24:02d}{(k * 7) % 60:02d};51,{5000 + k};"
    f"-0,{100 + k};{k % 12};Months;{'MFU'[k % 3]};Phone: No. Note: Yes. Sats {k}%\n"
    for k in range(40)
)
"""Columns that mean something only as a whole: midnights, HHMM clocks, decimal commas."""
NUMBERED = (
    [["Deaths recorded", None, None, None], [None] * 4, ["Case Number", "Date", "Hour", "Age"]]
    + [[f"A-{k}", 41_800 + k, 0.25 + k / 100, f"{k} yrs"] for k in range(30)]
    + [["Total", None, None, 30]]
)
"""A sheet with a title, Excel's own day numbers and a total."""
TREES: list[bytes] = []
"""The documents that are written as XML, filled by `seeds`."""


def xml_of(tree: object, name: str = "") -> str:
    """Return a FHIR JSON tree as FHIR XML."""
    if isinstance(tree, dict):
        kind = tree.get("resourceType")
        inner = "".join(xml_of(v, k) for k, v in tree.items() if k not in {"resourceType", "url"})
        url = f' url="{tree["url"]}"' if "url" in tree else ""
        if kind:
            space = ' xmlns="http://hl7.org/fhir"' if not name else ""
            body = f"<{kind}{space}>{inner}</{kind}>"
            return f"<{name}>{body}</{name}>" if name else f'<?xml version="1.0"?>{body}'
        return f"<{name}{url}>{inner}</{name}>"
    if isinstance(tree, list):
        return "".join(xml_of(one, name) for one in tree)
    text = str(tree).lower() if isinstance(tree, bool) else str(tree)
    for bad, good in (("&", "&amp;"), ("<", "&lt;"), ('"', "&quot;")):
        text = text.replace(bad, good)
    return f'<{name} value="{text}"/>'


def seeds() -> list[tuple[str, bytes]]:
    """Return the files that are mutated, by name."""
    doc, tox = json_text(document(TEXTS)), json_text(toxicology_messages(TEXTS)[0])
    ije = ("2022CT000002" + "0" + " " * 175).ljust(188) + "F" + " " * 10 + "1042" + " " * 27 + "1"
    ije = (ije.ljust(236) + "03160540").ljust(700) + "N"
    ije = (ije.ljust(2541) + "Hanging").ljust(5000)
    book, sheet = openpyxl.Workbook(), io.BytesIO()
    for line in CSV.replace('"', "").splitlines():
        book.active.append(line.split(",")[:12])
    book.save(sheet)
    second, numbered = openpyxl.Workbook(), io.BytesIO()
    for row in NUMBERED:
        second.active.append(row)
    second.create_sheet("old").append(["Case Number", "Date"])
    second["old"].sheet_state = "hidden"
    second.save(numbered)
    table, parquet = [line.split(",")[:10] for line in CSV.splitlines()], io.BytesIO()
    columns = {name: [row[k] for row in table[1:3]] for k, name in enumerate(table[0])}
    pq.write_table(pa.table(columns), parquet)
    TREES[:] = [doc.encode(), tox.encode()]
    found = [
        ("a.csv", CSV.encode()),
        ("a.csv.gz", gzip.compress(CSV.encode())),
        ("a.xlsx", sheet.getvalue()),
        ("clocks.csv", CLOCKS.encode()),
        ("numbered.xlsx", numbered.getvalue()),
        ("a.parquet", parquet.getvalue()),
        ("facts.csv", FACTS.encode()),
        ("m.toml", MAPPING.encode()),
        ("doc.json", doc.encode()),
        ("tox.json", tox.encode()),
        ("doc.xml", xml_of(json.loads(doc)).encode()),
        ("tox.xml", xml_of(json.loads(tox)).encode()),
        ("a.ije", ije.encode()),
        ("b.ije", f"{ije}\n{ije}\n".encode()),
        ("pole.json", json.dumps(POLE).encode()),
        ("rows.json", json.dumps([TEXTS, TEXTS]).encode()),
        ("a.ndjson", f"{json.dumps(json.loads(doc))}\n{json.dumps(TEXTS)}\n".encode()),
    ]
    folder = os.environ.get("CLEW_DATA")
    if folder:
        real = sorted((Path(folder) / "fhir").rglob("*.*"))
        found += [(f"real{p.suffix}", p.read_bytes()) for p in real if p.stat().st_size < 80_000]
    return found


def packed(part: bytes, many: int) -> bytes:
    """Return so many parts gzipped, without ever holding them all."""
    told, step = zlib.compressobj(6, zlib.DEFLATED, 31), 100_000
    return b"".join(told.compress(part * step) for _ in range(many // step)) + told.flush()


def bombs() -> list[tuple[str, bytes]]:
    """Return files made to take all time or memory."""
    entities = "".join(f'<!ENTITY e{k} "{f"&e{k - 1};" * 10}">' for k in range(1, 12))
    lol = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "lol">{entities}]><Bundle>&e11;</Bundle>'
    outside = (
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Bundle><id value="&e;"/></Bundle>'
    )
    parameter = '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><Bundle/>'
    wide = '{"resourceType":"Bundle","entry":[' + ",".join(["{}"] * 2_000_000) + "]}"
    attributes = "<Bundle " + " ".join(f'a{k}="1"' for k in range(200_000)) + "/>"
    return [
        ("lol.xml", lol.encode()),
        ("out.xml", outside.encode()),
        ("par.xml", parameter.encode()),
        ("deep.xml", b"<a>" * 3_000_000),
        ("deep2.xml", b"<a>" * 60_000 + b"</a>" * 60_000),
        ("wide.xml", b"<a>" + b"<b/>" * 3_900_000 + b"</a>"),
        ("attr.xml", attributes.encode()),
        (
            "xhtml.xml",
            b'<Bundle xmlns="http://hl7.org/fhir"><text>'
            + b'<div xmlns="http://www.w3.org/1999/xhtml">' * 200_000,
        ),
        ("deep.json", b"[" * 5_000_000),
        ("deep2.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        ("deep3.json", b"[" * 900 + b"]" * 900),
        ("wide.json", wide.encode()),
        ("lists.json", b"[" + b"[]," * 5_200_000 + b"[]]"),
        ("objects.json", b"[" + b'{"case_id":"1"},' * 1_000_000 + b"{}]"),
        ("number.json", b"[" + b"9" * 15_000_000 + b"]"),
        ("float.json", b'{"case_id":1e' + b"9" * 1_000_000 + b"}"),
        ("slips.json", b"[" + b"a," * 500_000 + b"1]"),
        ("twice.json", b"{" + b'"a":1,' * 2_000_000 + b'"a":1}'),
        ("string.json", b'["' + b"x" * 15_000_000 + b'"]'),
        ("zip.json.gz", packed(b" ", 400_000_000)),
        ("zip.xml.gz", packed(b"<a>", 100_000_000)),
        ("big.ije", b"2022CT0000020" + b" " * 30_000_000),
        ("lines.ije", b"2022CT000002 \n" * 1_500_000),
        ("nul.ije", b"2022CT0000020" + b"\0" * 4987),
        ("deep.toml", b"a = " + b"[" * 100_000),
        ("deep.ndjson", (b"[" * 100_000 + b"\n") * 20),
        ("wide.csv", b"case_id,reported_at," + b"x," * 200_000 + b"\n"),
        ("long.toml", b"[columns]\ncase_id = [" + b'"a",' * 500_000 + b"]"),
        (
            "pole.json",
            json.dumps(
                {"events": [{"id": "A"}], "links": [{"event": "A", "to": "A"}] * 200_000}
            ).encode(),
        ),
    ]


def mutated(rng: np.random.Generator, content: bytes) -> bytes:
    """Return a file with a few accidents of carriage, or of somebody's pen."""
    text = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(0, len(text) + 1))
        length = int(rng.choice((1, 4, 30, 400)))
        match int(rng.integers(0, 9)):
            case 0:
                text[at : at + 1] = bytes([int(rng.integers(256))])
            case 1:
                del text[at : at + length]
            case 2:
                text[at:at] = str(rng.choice(ODD)).encode("utf-8", "replace")
            case 3:
                text[at : at + length] = str(rng.choice(ODD)).encode("utf-8", "replace")
            case 4:
                text[at:at] = text[at : at + length] * int(rng.integers(1, 4))
            case 5:
                del text[at:]
            case 6:
                other = int(rng.integers(0, len(text) + 1))
                text[at : at + length], text[other : other + length] = (
                    text[other : other + length],
                    text[at : at + length],
                )
            case 7:
                text = bytearray(
                    bytes(text)
                    .decode("utf-8", "replace")
                    .encode(str(rng.choice(("utf-16", "latin-1", "utf-8-sig"))), "replace")
                )
            case _:
                value = str(rng.choice(ODD)).encode("utf-8", "replace")
                begin = text.find(b'"', at)
                end = text.find(b'"', begin + 1)
                if 0 <= begin < end:
                    text[begin + 1 : end] = value
    return bytes(text)


def misshapen(rng: np.random.Generator, content: bytes) -> bytes:
    """Return a JSON file of which some places hold something else, or nothing: it still parses."""
    try:
        tree = json.loads(content)
    except ValueError:
        return mutated(rng, content)
    for _ in range(int(rng.integers(1, 8))):
        node, depth = tree, 0
        while isinstance(node, dict | list) and node and depth < 12:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key, depth = keys[int(rng.integers(len(keys)))], depth + 1
            if rng.random() < 0.2 or not isinstance(node[key], dict | list):
                wild = (None, {}, [], [[]], {"code": []}, True, 10**30, -1.5, str(rng.choice(ODD)))
                choice = int(rng.integers(len(wild) + 3))
                if choice < len(wild):
                    node[key] = wild[choice]
                elif choice == len(wild):
                    del node[key]
                else:
                    node[key] = [node[key], node[key]] if choice % 2 else {"value": node[key]}
                break
            node = node[key]
    return json.dumps(tree).encode("utf-8", "replace")


def repacked(rng: np.random.Generator, name: str, content: bytes) -> bytes:
    """Return an archive of which one file is mutated inside, so that it still unpacks."""
    if name.endswith(".gz"):
        return gzip.compress(mutated(rng, gzip.decompress(content)))
    book, written = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    parts = book.namelist()
    chosen = str(rng.choice([p for p in parts if "sheet" in p or "shared" in p or "styles" in p]))
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as out:
        for part in parts:
            inner = book.read(part)
            out.writestr(part, mutated(rng, inner) if part == chosen else inner)
    return written.getvalue()


def as_sent(rng: np.random.Generator, name: str, content: bytes) -> bytes:
    """Return a mutation: of JSON and XML half by shape, of archives by what is inside."""
    if name.endswith((".gz", ".xlsx")) and rng.random() < 0.8:
        return repacked(rng, name, content)
    if not name.endswith((".json", ".xml")) or rng.random() < 0.5:
        return mutated(rng, content)
    if name.endswith(".json"):
        return misshapen(rng, content)
    tree = TREES[int(rng.integers(len(TREES)))]
    told = json.loads(misshapen(rng, tree))
    return xml_of(told).encode("utf-8", "replace") if isinstance(told, dict) else b"<Bundle/>"


def read(path: Path, kind: int) -> None:
    """Read one file in one of the ways that the house reads files."""
    if path.suffix == ".toml":
        load_mapping(path)
        return
    cases = path.parent / "cases.csv"
    if path.name.startswith("facts") or kind == 1:
        CaseSources(cases, facts=path, now=NOW).read()
    elif kind == 2:
        suggest_mapping(path)
    elif kind == 3:
        with tempfile.TemporaryDirectory(dir=path.parent) as out:
            take_in(path, cases, Path(out), IntakeOptions(at=NOW))
    else:
        CaseSources(path, now=NOW).read()


class Hang(BaseException):
    """More than the seconds that a file may take."""


def alarmed(*_: object) -> None:
    """Stop a file that takes too long."""
    raise Hang


def one(path: Path, kind: int) -> tuple[str, str, float]:
    """Return what came of a file: read, refused, traceback or hang; what was said; and seconds."""
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS * 4)
    try:
        read(path, kind)
        came, said = "read", ""
    except ClewError as refused:
        came, said = "refused", refused.line()
        if len(said.splitlines()) != 1:
            came = "traceback"
    except Hang:
        came, said = "hang", path.name
    except MemoryError:
        came, said = "memory", path.name
    except Exception:
        came, said = "traceback", traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    took = time.process_time() - begun
    return ("hang" if took > SECONDS and came != "memory" else came), said, took


def run(many: int, seed: int) -> str:
    """Read so many mutations and all bombs; return what came of them."""
    signal.signal(signal.SIGVTALRM, alarmed)
    rng, made = np.random.default_rng(seed), seeds()
    came: Counter[str] = Counter()
    bad: list[str] = []
    slowest, begun = (0.0, ""), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "cases.csv").write_text(CSV)
        todo = [(name, content, kind) for name, content in bombs() for kind in (0, 1)]
        held, memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, 0
        for number in range(many + len(todo)):
            if number < len(todo):
                name, content, kind = todo[number]
            else:
                name, content = made[int(rng.integers(len(made)))]
                content = as_sent(rng, name, content)
                kind = int(rng.choice((0, 0, 1, 2, 3)))
            path = Path(folder) / name
            path.write_bytes(content)
            result, said, took = one(path, kind)
            if number < len(todo) or number % 20 == 0:  # the peak stays; asking takes time
                memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - held
            if memory > BYTES and not any("memory" in text for text in bad):
                bad.append(f"memory {memory / 1e6:.0f} MB after {name}, way {kind}")
                result = "memory"
            came[result] += 1
            if number % 5_000 == 4_999:
                print(f"{number + 1:,}: {dict(came)}, {len(bad)} failures", file=sys.stderr)
            slowest = max(slowest, (took, f"{name}, way {kind}"))
            if result in {"traceback", "hang", "memory"}:
                bad.append(
                    f"{result} {name}, way {kind}, {took:.1f} s, mutation {number}: {said[-1500:]}"
                )
                if len(bad) < 40:
                    keep = Path(tempfile.gettempdir()) / f"fuzz-{seed}-{number}-{name}"
                    keep.write_bytes(content)
            path.unlink()
    seconds = time.perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = [
        f"{many:,} mutations of {len(made)} files and {len(todo)} bombs, seed {seed}: {dict(came)};"
        f" {seconds:.0f} s, {1000 * seconds / max(many, 1):.1f} ms each; slowest {slowest[0]:.1f} s"
        f" ({slowest[1]}); most memory {memory:.0f} MiB."
    ]
    return "\n".join(lines + bad[:40])


def main() -> str:
    """Return what came of twenty thousand mutations, for the page of benchmarks."""
    return run(20_000, 2026)


if __name__ == "__main__":
    print(
        run(
            int(sys.argv[1]) if len(sys.argv) > 1 else 2_000,
            int(sys.argv[2]) if len(sys.argv) > 2 else 1,
        )
    )
