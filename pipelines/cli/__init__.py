"""Runs `xuanpin …`: signals are handled first, because loading the verbs takes a moment."""

from __future__ import annotations

import gc

from xuanpin.pipelines.cli.interruption import end_on_signals


def main() -> None:
    """Run the command line; a failure a user can act on prints one message and exits with its exit code."""
    end_on_signals()
    # What libraries make while they load stays: Python would look through it for garbage a tenth of that time.
    gc.set_threshold(50_000, 20, 20)
    # Loaded after that, so that Ctrl-C in the first moment is answered as at any other time.
    from xuanpin.pipelines.cli.program import run

    run()
