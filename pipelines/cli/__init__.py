"""Runs `xuanpin …`: signals are handled first, because loading the verbs takes a moment."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import NoReturn

from xuanpin.pipelines.cli.interruption import end_on_signals

GC_THRESHOLDS = (50_000, 20, 20)
"""After how many new objects Python looks for garbage: what libraries make while they load stays, and it would look
through that for a tenth of the time that loading takes."""


def command() -> NoReturn:
    """Be the process that `xuanpin …` starts: run the command line, and leave with its exit code at once.

    Python would take all its libraries down first, for a fifth of a second; what has to be kept is on the disk.
    """
    code = 0
    try:
        main()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Run the command line; a failure a user can act on prints one message and exits with its exit code."""
    end_on_signals()
    gc.set_threshold(*GC_THRESHOLDS)
    # Loaded after that, so that Ctrl-C in the first moment is answered as at any other time.
    from xuanpin.pipelines.cli.program import run

    run()
