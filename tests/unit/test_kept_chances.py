"""Chances that are kept from when they are first asked for."""

from __future__ import annotations

import numpy as np
import pytest

from xuanpin.models.arrays import Ints, Singles
from xuanpin.pipelines.matching import acceptance
from xuanpin.pipelines.matching.acceptance import KeptChances

SKUS = 3


class Counting:
    """Chances by row and column, and how many agents were asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def chance(self, rows: Ints, closeness: Singles) -> Singles:
        self.asked += len(rows)
        return (rows[:, None] / 100 + np.arange(SKUS) / 1000).astype(np.float32)


@pytest.fixture
def taking(monkeypatch: pytest.MonkeyPatch) -> Counting:
    monkeypatch.setattr(acceptance, "MANY_AGENTS", 4)
    return Counting()


def _said(kept: KeptChances, rows: list[int]) -> None:
    of = np.array(rows)
    found = kept.chance(of, np.zeros((len(of), SKUS), np.float32))
    assert found.tobytes() == Counting().chance(of, found).tobytes()


def test_chances_are_asked_for_once_whoever_is_asked_for_together(taking: Counting) -> None:
    kept = KeptChances(taking, 10, SKUS)
    _said(kept, [0, 1, 2, 4, 5])
    _said(kept, [3, 6, 7, 8, 9])
    assert taking.asked == 10
    for rows in ([2, 3, 4], [0, 9], [7], list(range(10))):
        _said(kept, rows)
    assert taking.asked == 10


def test_a_handful_is_asked_for_anew(taking: Counting) -> None:
    kept = KeptChances(taking, 10, SKUS)
    for _ in range(2):
        _said(kept, [1, 2, 3])
    assert taking.asked == 6


def test_agents_beyond_the_memory_for_them_are_asked_for_anew(
    taking: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceptance, "KEPT_BYTES", 5 * SKUS * 4)
    kept = KeptChances(taking, 10, SKUS)
    for _ in range(2):
        _said(kept, [0, 1, 2, 3, 4])
    assert taking.asked == 5
    for _ in range(2):
        _said(kept, [3, 4, 5, 6])
    assert taking.asked == 13
