"""What the library that repeats checks has not loaded until something of it is used."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from xuanpin.pipelines.quality.expectations import load_library
load_library()
print({"altair.vegalite", "scipy.stats.distributions"} & sys.modules.keys())
import altair, scipy.stats
print(altair.Chart.__name__, scipy.stats.norm.name)
"""


def test_what_draws_and_counts_distributions_is_loaded_when_it_is_used() -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == ["set()", "Chart norm"]
