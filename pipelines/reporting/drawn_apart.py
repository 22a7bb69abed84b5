"""Draws pictures in a process of their own: what draws takes a third of a second to start, and Python waits meanwhile.

Run as a program, it reads pictures by name as JSON from standard input and writes the SVG of each to standard output.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from xuanpin.pipelines.reporting.charts import Draw, Spec, draw


@contextmanager
def drawing_apart(threads: int) -> Iterator[Draw]:
    """Give what draws the pictures of one page, all at once, as charts.draw does.

    The process that draws starts when the block is entered and ends with it; on one thread (`threads`) there is none.
    Raises RuntimeError where it dies.
    """
    if threads == 1:
        yield draw
        return
    # Without -P a file json.py in the folder where somebody happens to stand would be run.
    command = [sys.executable, "-P", "-m", __name__]
    # In a group of its own Ctrl-C does not reach it: it ends when nobody can ask any more.
    piped = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0)
    with piped as process:

        def drawn(pictures: Mapping[str, Spec]) -> dict[str, str]:
            answer, _ = process.communicate(json.dumps(pictures))
            if process.returncode:
                raise RuntimeError(f"the process that draws the report's pictures ended with {process.returncode}")
            return dict(json.loads(answer))

        yield drawn


def main() -> None:
    """Draw what comes on standard input; nothing where nobody asked."""
    # Whoever asks is still reading what is to be drawn: what draws starts meanwhile.
    draw({"nothing": {"mark": "point"}})
    if asked := sys.stdin.read():
        sys.stdout.write(json.dumps(draw(json.loads(asked))))


if __name__ == "__main__":
    main()
