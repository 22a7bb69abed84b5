"""What is taken of return and regret rates where no outcome of any line is known: the same of every SKU.

Such a rate moves no SKU before another. It only keeps what is stated of units, satisfaction and landmines within what
shops know, where the evidence of nothing would say a half or nothing at all.
"""

from __future__ import annotations

from collections.abc import Mapping

ASSUMED_RATES: Mapping[str, float] = {"return": 0.10, "plain_return": 0.06, "regret": 0.04}
"""Rates (0-1) by measure: shops report from a twentieth of their lines sent back (food, household goods) to a third and
more (fashion), and something under half of it for a fault."""
ASSUMED_LINES = 5.0
"""Strength of these rates in lines: a SKU may be several times as bad, and the first outcomes that come outweigh it."""
