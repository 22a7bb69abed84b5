"""Draws pictures in a process of their own: what draws takes a third of a second to start, and Python waits meanwhile.

Run as a program, it reads pictures by name as JSON, a page a line, and answers each with a line: the SVG of each.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from xuanpin.pipelines.reporting.charts import Draw, Spec, draw

_open: list[Draw] = []
"""What draws in the outermost block that is open, if any."""


@contextmanager
def drawing_apart(threads: int) -> Iterator[Draw]:
    """Give what draws the pictures of a page, all at once, as charts.draw does.

    The process that draws starts when the block is entered and ends with it; on one thread (`threads`) there is none.
    Within such a block, another one gives the same process: many nights start it once. Raises RuntimeError where it
    dies.
    """
    if threads == 1:
        yield draw
        return
    if _open:
        yield _open[0]
        return
    # Without -P a file json.py in the folder where somebody happens to stand would be run.
    command = [sys.executable, "-P", "-m", __name__]
    # In a group of its own Ctrl-C does not reach it: it ends when nobody can ask any more.
    piped = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0)
    with piped as process:

        def drawn(pictures: Mapping[str, Spec]) -> dict[str, str]:
            return _answer(process, pictures)

        _open.append(drawn)
        try:
            yield drawn
        finally:
            _open.remove(drawn)


def _answer(process: subprocess.Popen[str], pictures: Mapping[str, Spec]) -> dict[str, str]:
    """Have the `process` draw; raises RuntimeError where it ends instead of answering."""
    asks, answers = process.stdin, process.stdout
    if asks is None or answers is None:
        raise TypeError("the process that draws is asked and answers through pipes")
    with suppress(BrokenPipeError):
        print(json.dumps(pictures), file=asks, flush=True)
    if answer := answers.readline():
        return dict(json.loads(answer))
    # What it has not read is lost: left in the pipe, it would be sent once more when the block is left.
    with suppress(BrokenPipeError):
        asks.close()
    raise RuntimeError(f"the process that draws the report's pictures ended with {process.wait()}")


def main() -> None:
    """Draw what comes on standard input, a line at a time; nothing where nobody asks."""
    # Whoever asks is still reading what is to be drawn: what draws starts meanwhile.
    draw({"nothing": {"mark": "point"}})
    for asked in sys.stdin:
        print(json.dumps(draw(json.loads(asked))), flush=True)


if __name__ == "__main__":
    main()
