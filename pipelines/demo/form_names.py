"""Names of the worked examples that `xuanpin demo --form` shows, apart so that the command line reads them fast."""

from __future__ import annotations

from typing import Literal

FormName = Literal[
    "micro_business",
    "membership",
    "mini_program",
    "brand",
    "content",
    "self_run",
    "s2b2c",
    "community",
    "social_distribution",
]
"""The forms of social commerce, each a folder of `examples/`."""
