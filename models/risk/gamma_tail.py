"""The upper tail of the Gamma distribution on a logarithmic scale, where the tail itself is no longer a number."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincc, gammaln

from xuanpin.models.arrays import Floats

SMALLEST_TAIL = 1e-290
"""Below it the tail is computed from its continued fraction."""


def log_upper_gamma(shape: Floats, above: Floats) -> Floats:
    """Return the logarithm of the regularised upper incomplete Gamma function Q(shape, above), elementwise.

    Far out, where Q itself is below SMALLEST_TAIL, `above` must be larger than `shape`, as it then is.
    """
    value = gammaincc(shape, above)
    is_tiny = value < SMALLEST_TAIL
    # The first term of the continued fraction (DLMF 8.9.2): so far out it is right to a few thousandths.
    far = np.where(is_tiny, above, shape + 1.0)
    tail = shape * np.log(far) - far - gammaln(shape) - np.log(far + 1.0 - shape)
    return np.asarray(np.where(is_tiny, tail, np.log(np.where(is_tiny, 1.0, value))))
