"""Ends a command on Ctrl-C or SIGTERM at once, with one line: a kill at any point is safe, so nothing has to unwind."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

ENDED_BY = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}
AFTER_SIGNAL = 128
"""Added to a signal's number it is the exit code of a program that the signal has ended."""
CLEAR_LINE, SHOW_CURSOR = "\r\x1b[2K", "\x1b[?25h"
"""What a terminal needs that a progress bar was being drawn on."""
_passing: list[Path] = []
_lines = {number: f"ended by {name}; nothing is lost, run the same command again" for number, name in ENDED_BY.items()}
"""What is said, by signal; ready before it comes, because nothing can be looked up then."""


def end_on_signals() -> None:
    """Let Ctrl-C and SIGTERM end this process from now on, with exit code 130 or 143 and one line.

    Raising an exception instead would depend on every library in between to let it pass. The warehouse rolls back by
    itself, what readers see changes in single steps, and an interrupted command can be run again.
    """
    for number in ENDED_BY:
        # Who starts a command in the background has it ignore Ctrl-C.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def end_with(lines: Mapping[signal.Signals, str]) -> None:
    """Say these `lines` from now on when a signal of ENDED_BY ends this process."""
    _lines.update(lines)


@contextmanager
def passing_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder that is deleted when a signal ends this process within the block."""
    _passing.append(folder)
    try:
        yield folder
    finally:
        _passing.remove(folder)


def _end(number: int, frame: FrameType | None) -> None:
    for other in ENDED_BY:
        signal.signal(other, signal.SIG_IGN)
    line = f"xuanpin: {_lines[signal.Signals(number)]}\n"
    is_terminal = os.isatty(2)
    # Straight to the file: whoever holds the streams' locks was interrupted and will not let go of them.
    os.write(2, f"{CLEAR_LINE if is_terminal else ''}{line}{SHOW_CURSOR if is_terminal else ''}".encode())
    for folder in _passing:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(AFTER_SIGNAL + number)


def end_quietly() -> None:
    """End this process after the reader of its standard output has ended, as `head` does."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(AFTER_SIGNAL + signal.SIGPIPE)
