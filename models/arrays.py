"""The array types that `models/` uses."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Singles: TypeAlias = NDArray[np.float32]
"""Half the size of doubles, for scores of every agent and SKU."""
Ints: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.int32]
"""Half the size of Ints, for numbers of levels on every line."""
Shorts: TypeAlias = NDArray[np.int16]
"""Half the size of Codes, for figures of every line that stay small."""
Seeds: TypeAlias = NDArray[np.uint64]
Flags: TypeAlias = NDArray[np.bool_]
Strings: TypeAlias = NDArray[np.object_]
Array: TypeAlias = NDArray[Any]
"""An array whose kind of number does not matter."""
BY_AGENT: Mapping[str, str] = MappingProxyType({"row": "agent"})
"""Metadata of the fields of a dataclass that have a row per agent: work on some agents takes some of their rows."""
