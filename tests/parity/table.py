"""Prints how many rows each SQL file answered and whether the server of XUANPIN_PARITY agrees with DuckDB.

Run `python -m tests.parity.table`. Exits with 1 where an answer differs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.parity.capture import portable_stems
from tests.parity.feeds import all_calls
from tests.parity.replay import cluster


def main() -> int:
    """Print one line a file, then what differs and the totals."""
    with tempfile.TemporaryDirectory() as folder:
        calls = all_calls(Path(folder))
    differing = 0
    print("file", "calls", "rows", "equal", sep="\t")
    with cluster() as opened:
        for stem in sorted(calls):
            differences = [found for call in calls[stem] if (found := opened.difference(call))]
            differing += bool(differences)
            rows = sum(call.result.num_rows for call in calls[stem])
            print(stem, len(calls[stem]), rows, "no" if differences else "yes", *differences, sep="\t", flush=True)
    never_run = sorted(portable_stems() - calls.keys())
    made = [call for several in calls.values() for call in several]
    print(
        f"{len(calls) - differing} of {len(calls)} files equal in {len(made)} calls of "
        f"{sum(call.result.num_rows for call in made)} rows; not run: {', '.join(never_run) or 'none'}"
    )
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
