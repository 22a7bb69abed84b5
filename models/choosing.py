"""Chooses between numbers by flags, without a branch a number.

np.where guesses at each flag which number comes next; where nobody can foretell, as of what agents may sell, it takes
ten times as long as computing with the bits of both.
"""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Flags, Singles


def choose(flags: Flags, values: Singles, others: Singles | np.float32, out: Singles | None = None) -> Singles:
    """Return `values` where flagged and `others` elsewhere, as np.where does; arrays of one shape, or a number.

    `out` takes the result and may be `values`.
    """
    mask = np.negative(flags.view(np.int8), dtype=np.int32)
    other = others.view(np.int32)
    bits = np.bitwise_xor(values.view(np.int32), other, out=None if out is None else out.view(np.int32))
    bits &= mask
    bits ^= other
    return bits.view(np.float32)
