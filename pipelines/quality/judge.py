"""The program that judged_apart starts: it answers on standard output what it is asked on standard input."""

from __future__ import annotations

import sys
from contextlib import suppress

from xuanpin.pipelines.quality.expectations import judged_here, load_library
from xuanpin.pipelines.quality.judged_apart import Channel


def main() -> None:
    """Judge what is asked until nobody can ask any more."""
    channel = Channel(sys.stdin, sys.stdout)
    # What a library prints is no answer.
    sys.stdout = sys.stderr
    load_library()
    with suppress(EOFError, BrokenPipeError):
        while True:
            tables = channel.receive()["tables"]
            try:
                channel.send(failed=sorted(judged_here(channel, tables)))
            except RuntimeError as error:
                channel.send(error=str(error))


if __name__ == "__main__":
    main()
