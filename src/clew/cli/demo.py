"""`clew demo`: a force that does not exist, with four deaths from the public record in it.

And `clew warm`, which compiles the kernel ahead.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from clew import api
from clew.cli import options as opt
from clew.cli.console import progress_bar
from clew.cli.link import print_answer
from clew.comparison.weights.weight_table import declared_table
from clew.intake.cases.rows import write_rejects
from clew.intake.read import CaseSources
from clew.outputs import output_folder
from clew.synthetic.demo import generate_demo
from clew.synthetic.generated import write_generated
from clew.workflows.demo import MOMENTS, compile_kernel, show_moment


@opt.writes_csv
def demo(
    out: opt.Out = Path("clew-demo"),
    seed: Annotated[int, typer.Option(help="Each seed makes another force.")] = 2014,
) -> None:
    """Make the records of a force that does not exist, and run everything on them.

    The force has about 30 deaths a day from June 2013 to October 2015. The four deaths of Barking
    are among them, as they could be known at the time. The command shows what was known on four
    days, then links the whole file.

    Writes cases.csv, facts.csv, coverage.csv, links.csv, links.parquet, series.csv, report.html and
    rejects.csv.

    Example: clew demo --out clew-demo
    """
    opt.show(f"Making a force that does not exist (seed {seed}) in {out} ...")
    write_generated(generate_demo(seed), out)
    case_file = CaseSources(out / "cases.csv", out / "facts.csv", out / "coverage.csv").read()
    opt.show(f"{len(case_file.histories):,} records, each fact with when it became known.\n")
    for moment in MOMENTS:
        opt.show(f"{moment.as_of}: {moment.what}")
        for line in show_moment(moment, case_file, declared_table()):
            opt.show(f"   {line}")
    opt.show("\nThe whole file, with every fact:\n")
    with progress_bar("Comparing", quiet=False) as progress:
        answer = api.link(case_file, progress=progress)
    with output_folder(out):
        answer.save(out)
        write_rejects(out / "rejects.csv", case_file.rejects)
    print_answer(answer, out)


def warm() -> None:
    """Compile the kernel for this machine in advance, so that the first command is quick.

    make setup runs it. You need it once per version.

    Writes compiled code into the cache folder.

    Example: clew warm
    """
    begun = time.monotonic()
    compile_kernel()
    print(f"The kernel is ready ({time.monotonic() - begun:.1f} s).")
