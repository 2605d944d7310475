"""`clew warm`: compile the kernel ahead, so that the first real question is quick."""

from __future__ import annotations

import time


def warm() -> None:
    """Compile the kernel for this machine ahead, so that the first real question is quick.

    make setup runs it. It is needed once per version.

    Writes compiled code into the cache folder.

    Example: clew warm
    """
    # The kernel loads only for commands that compare: `clew near` must answer at once.
    from clew.workflows.warm import compile_kernel

    begun = time.monotonic()
    compile_kernel()
    print(f"The kernel is ready ({time.monotonic() - begun:.1f} s).")
