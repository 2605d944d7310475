"""`clew store check`: whether every byte that was acknowledged is still there."""

from __future__ import annotations

import json

from clew.cli import options as opt
from clew.store.check import check_store


def store_check(store: opt.StoreFolder, as_json: opt.Json = False) -> None:
    """Read a prepared store through, and compare every file with its checksum.

    Exit status 2 where a file is not as it was written.

    Writes no file.

    Example: clew store check force-store
    """
    told = check_store(store)
    if as_json:
        print(json.dumps(told._asdict(), indent=1))
        return
    opt.show(
        f"{store.name}: whole. {told.cases:,} cases in {told.versions:,} versions"
        f" that stand, {told.segments:,} segments, {told.bytes:,} bytes."
    )
    if told.left_over:
        opt.show(
            f"{told.left_over:,} files of an addition that did not come to its end lie there;"
            " they are not part of the store, and the next addition clears them away."
        )
