"""Confidence sequences: limits that hold at every look at once, however often one looks and whenever one stops.

A sum of centred differences whose variance is V behaves like Brownian motion at the time V; mixed over a normal prior
of the effect with precision r, the chance that it ever leaves sqrt((V + r) log((V + r) / (r a^2))) is at most a.
Sources: Robbins, "Statistical methods related to the law of the iterated logarithm", Annals of Mathematical Statistics
41 (1970); Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", Annals of Statistics 52 (2024), for variances that are estimated; Ham, Bojinov, Lindon and Tingley,
"Design-based confidence sequences" (2022), for switchbacks.
"""

from __future__ import annotations

from math import log, sqrt


def mixture_precision(variance: float, alpha: float) -> float:
    """Return the precision r with which the limits are nearly closest where the variance is `variance` (> 0).

    `alpha` is the chance of an error (0-1). Source: Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric,
    nonasymptotic confidence sequences", Annals of Statistics 49 (2021), section 3.5.
    """
    return variance / (2.0 * log(1.0 / alpha) + log(1.0 + 2.0 * log(1.0 / alpha)))


def mixture_radius(variance: float, precision: float, alpha: float) -> float:
    """Return how far a sum of differences with that `variance` may lie from the sum of true effects, at every look.

    `precision` is that of mixture_precision, one for all looks; `alpha` the chance (0-1) that any look errs.
    """
    return sqrt((variance + precision) * log((variance + precision) / (precision * alpha**2)))
