"""Makes values fit for the cells of a sheet: no active formula, no sign that a sheet cannot hold."""

from __future__ import annotations

import re
from typing import Any

LONGEST_CELL = 32_767
"""Characters that a spreadsheet keeps of a cell."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Signs that a workbook cannot hold."""
_FORMULA = {"=", "+", "-", "@"}


def harmless(value: Any) -> Any:
    """Return `value` as a sheet may hold it: a text that starts like a formula, also after blanks, is marked as text.

    Control characters go, and what is beyond a cell's length.
    """
    if not isinstance(value, str):
        return value
    text = _CONTROL.sub("", value)
    return (f"'{text}" if text.lstrip()[:1] in _FORMULA else text)[:LONGEST_CELL]
