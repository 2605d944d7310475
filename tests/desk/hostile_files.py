"""Files that were made to stop a desk, one maker a kind; each is small on the disk.

`make(folder, count)` writes so many, in turn of all kinds. What each does to the code of an earlier
version is said beside it.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HEAD = b"case_id,reported_at,area\n"
FACTS = b"case_id,field,op,value,known_at,recorded_at,known_to,basis,source\n"
Maker = Callable[[Path, str], Path]
"""Writes a file whose name ends in a text of its own; returns its path."""
KINDS: dict[str, Maker] = {}


def kind(maker: Maker) -> Maker:
    KINDS[maker.__name__] = maker
    return maker


def make(folder: Path, count: int) -> list[Path]:
    """Write `count` hostile files, in turn of all kinds."""
    folder.mkdir(parents=True, exist_ok=True)
    makers = list(KINDS.values())
    return [makers[k % len(makers)](folder, f"{k:04d}") for k in range(count)]


def write(folder: Path, name: str, raw: bytes) -> Path:
    path = folder / name
    path.write_bytes(raw)
    return path


@kind
def odd_timestamp(folder: Path, mark: str) -> Path:
    """A Parquet time in the year 292,000: `to_pylist` raised OverflowError, and the round ended."""
    table = pa.table({
        "case_id": ["A"], "reported_at": pa.array([9_000_000_000_000_000_000], pa.timestamp("us")),
    })  # fmt: skip
    path = folder / f"cases-ts{mark}.parquet"
    pq.write_table(table, path)
    return path


@kind
def one_value_many_times(folder: Path, mark: str) -> Path:
    """A text of 1.4 MB in 4,096 rows of a Parquet dictionary: 5.7 GB of a file of 2 kB."""
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 4_096, pa.int32()), ["x" * 1_400_000])
    table = pa.table({
        "case_id": [f"D{k}" for k in range(4_096)], "reported_at": ["2025-01-01"] * 4_096,
        "narrative": text,
    })  # fmt: skip
    path = folder / f"cases-dict{mark}.parquet"
    pq.write_table(table, path, compression="zstd")
    return path


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REF = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


def related(*targets: tuple[str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="r{k}" Type="{REF}/{kind}" Target="{target}"/>'
        for k, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{RELS}">{rows}</Relationships>'


def workbook(path: Path, rows: str, strings: str) -> Path:
    """Write the least that is a workbook: one sheet, and shared strings."""
    sheets = '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"/>',
        "_rels/.rels": related(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REF}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": related(
            ("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml")
        ),
        "xl/worksheets/sheet1.xml": (
            f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        for name, text in parts.items():
            container.writestr(name, text)
    return path


def shared(row: int, numbers: list[int]) -> str:
    cells = "".join(
        f'<c r="{chr(65 + k)}{row}" t="s"><v>{number}</v></c>' for k, number in enumerate(numbers)
    )
    return f'<row r="{row}">{cells}</row>'


@kind
def one_string_many_times(folder: Path, mark: str) -> Path:
    """A shared string of 1 MB in 5,700 cells of a workbook: 5.7 GB in the reader's memory."""
    texts = ["case_id", "reported_at", "narrative", "2025-01-01", "x" * 1_000_000]
    strings = "".join(f"<si><t>{text}</t></si>" for text in texts)
    rows = [shared(1, [0, 1, 2]), *(shared(k, [4, 3, 4]) for k in range(2, 2_852))]
    return workbook(folder / f"cases-sst{mark}.xlsx", "".join(rows), strings)


@kind
def name_of_255_bytes(folder: Path, mark: str) -> Path:
    """With a date before it the name was too long to be moved, so every round failed."""
    name = f"cases-{mark}"
    return write(folder, name + "n" * (251 - len(name)) + ".csv", b"not,a,case,file\n1,2,3,4\n")


@kind
def name_that_is_no_text(folder: Path, mark: str) -> Path:
    """A name that is no UTF-8 could not be written into the step's row."""
    return write(folder, f"cases-\udcff{mark}.csv", b"x,y\n1,2\n")


@kind
def name_with_a_line_break(folder: Path, mark: str) -> Path:
    return write(folder, f"cases-\n{mark}.csv", b"x,y\n1,2\n")


@kind
def id_with_a_line_break(folder: Path, mark: str) -> Path:
    """Its page could not be reached, and the ledger wrote another id: no round found it."""
    return write(folder, f"cases-lb{mark}.csv", HEAD + b'"A\n1",2025-01-01,KD\n')


@kind
def id_too_long(folder: Path, mark: str) -> Path:
    """PostgreSQL refused the batch, and the round ended."""
    return write(folder, f"cases-id{mark}.csv", HEAD + b"I" * 300 + b",2025-01-01,KD\n")


@kind
def id_that_turns_the_line(folder: Path, mark: str) -> Path:
    return write(folder, f"cases-bd{mark}.csv", HEAD + "A\u202e1,2025-01-01,KD\n".encode())


@kind
def id_of_dots(folder: Path, mark: str) -> Path:
    return write(folder, f"cases-dots{mark}.csv", HEAD + b"..,2025-01-01,KD\n")


@kind
def years_outside_the_calendar(folder: Path, mark: str) -> Path:
    rows = b"Y1,0001-01-01,KD\nY2,1014-01-01,KD\nY3,9999-12-31T23:59:59,KD\n"
    return write(folder, f"cases-yr{mark}.csv", HEAD + rows)


@kind
def column_name_too_long(folder: Path, mark: str) -> Path:
    head = b"case_id,reported_at,area," + b"c" * 5_000 + b"\n"
    return write(folder, f"cases-col{mark}.csv", head + b"C,2025-01-01,KD,x\n")


@kind
def area_too_long(folder: Path, mark: str) -> Path:
    """It was cut to 120 characters, and became another area."""
    return write(folder, f"cases-area{mark}.csv", HEAD + b"R,2025-01-01," + b"K" * 500 + b"\n")


@kind
def fact_too_long(folder: Path, mark: str) -> Path:
    row = b"G-0,%s,set,x,2025-01-01,,%s,%s,%s\n" % (b"f" * 99, b"k" * 999, b"b" * 99, b"s" * 999)
    return write(folder, f"facts-long{mark}.csv", FACTS + row)


@kind
def fact_of_a_far_year(folder: Path, mark: str) -> Path:
    rows = b"G-0,scene,set,note,0001-01-01,,,,\nG-0,scene,set,note,2025-01-01,9999-01-01,,,\n"
    return write(folder, f"facts-yr{mark}.csv", FACTS + rows)


@kind
def staff_without_end(folder: Path, mark: str) -> Path:
    """SQLite raised at the number and PostgreSQL at the unit too; both ended the round."""
    head = b"unit,day,staff_on_duty\n"
    rows = b"KD,2025-01-01,%s\n%s,2025-01-01,5\nKD,0001-01-01,5\n" % (b"9" * 40, b"U" * 500)
    return write(folder, f"workload-{mark}.csv", head + rows)


@kind
def records_without_end(folder: Path, mark: str) -> Path:
    head = b"system,agency,records,up_to\n"
    return write(folder, f"coverage-{mark}.csv", head + b"S" * 500 + b",A,1,2025-01-01\n")


@kind
def half_a_character(folder: Path, mark: str) -> Path:
    """JSON that names half a character: no database could write it."""
    raw = json.dumps({"resourceType": "Bundle", "id": "\ud800", "type": "document", "entry": []})
    return write(folder, f"cases-half{mark}.json", raw.encode())


@kind
def nul_in_a_cell(folder: Path, mark: str) -> Path:
    """Parquet brings NUL, which PostgreSQL cannot store."""
    table = pa.table({
        "case_id": ["N\0"], "reported_at": ["2025-01-01"], "area": ["KD"], "narrative": ["a\0b"],
    })  # fmt: skip
    path = folder / f"cases-nul{mark}.parquet"
    pq.write_table(table, path)
    return path


@kind
def number_too_long(folder: Path, mark: str) -> Path:
    raw = b'{"resourceType":"Bundle","type":"message","total":' + b"9" * 10_000 + b"}"
    return write(folder, f"cases-num{mark}.json", raw)


@kind
def nested_without_end(folder: Path, mark: str) -> Path:
    return write(folder, f"cases-deep{mark}.json", b"[" * 200_000)


@kind
def packed_without_end(folder: Path, mark: str) -> Path:
    return write(folder, f"cases-gz{mark}.csv.gz", _packed())


@cache
def _packed() -> bytes:
    """Return 300 MB as 300 kB, made without holding them."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as file:
        file.write(HEAD + b"P,2025-01-01,KD\n")
        for _ in range(3_000):
            file.write(b"x" * 99_999 + b"\n")
    return packed.getvalue()


@kind
def cut_short(folder: Path, mark: str) -> Path:
    path = odd_timestamp(folder, f"cut{mark}")
    path.write_bytes(path.read_bytes()[:-20])
    return path


@kind
def noise(folder: Path, mark: str) -> Path:
    draws = random.Random(mark)
    ending = draws.choice((".csv", ".csv.gz", ".xlsx", ".parquet", ".json"))
    what = draws.choice(("cases", "facts", "coverage", "workload"))
    return write(folder, f"{what}-noise{mark}{ending}", draws.randbytes(2_000))


@kind
def noise_behind_a_true_beginning(folder: Path, mark: str) -> Path:
    draws = random.Random(mark)
    begins, ending = draws.choice(((b"PAR1", ".parquet"), (b"PK\x03\x04", ".xlsx")))
    return write(folder, f"cases-like{mark}{ending}", begins + draws.randbytes(3_000) + begins)


@kind
def too_large(folder: Path, mark: str) -> Path:
    """A file of 600 MB that takes no room: its bytes were read three times over."""
    path = folder / f"cases-big{mark}.csv"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 600 * 1024 * 1024)
    return path


@kind
def quote_never_closed(folder: Path, mark: str) -> Path:
    return write(folder, f"cases-q{mark}.csv", HEAD + b'"A,2025-01-01,KD\n' * 5)


@kind
def nothing(folder: Path, mark: str) -> Path:
    return write(folder, f"facts-none{mark}.csv", b"")
