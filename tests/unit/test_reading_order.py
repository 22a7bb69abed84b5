"""The order in which a message reads well."""

import pytest

from xuanpin.models.matching.reading_order import reading_order


@pytest.mark.parametrize(
    ("categories", "prices", "order"),
    [
        ([], [], []),
        (["a"], [1.0], [0]),
        (["a", "b", "c"], [1.0, 1.0, 1.0], [0, 1, 2]),
        (["a", "a", "b"], [1.0, 1.0, 1.0], [0, 2, 1]),
        (["a", "a", "a", "b"], [10.0, 10.0, 10.0, 10.0], [0, 3, 1, 2]),
        (["a", "a", "a"], [10.0, 11.0, 12.5], [0, 2, 1]),
        (["a", "a", "a"], [10.0, 11.0, 12.4], [0, 1, 2]),
        (["a", "a", "a"], [12.5, 12.0, 10.0], [0, 2, 1]),
    ],
)
def test_the_best_comes_first_and_another_kind_follows(
    categories: list[str], prices: list[float], order: list[int]
) -> None:
    assert reading_order(categories, prices) == order


def test_nine_of_two_kinds_alternate_as_long_as_there_are_both() -> None:
    kinds = ["a"] * 5 + ["b"] * 4
    order = reading_order(kinds, [10.0] * 9)
    assert sorted(order) == list(range(9))
    assert [kinds[at] for at in order] == ["a", "b"] * 4 + ["a"]
