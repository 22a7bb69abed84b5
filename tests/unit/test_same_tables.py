"""What two homes may differ by and still have published the same."""

import pyarrow as pa
import pytest

from tools.same_tables import differences

SHARE = 1e-9


@pytest.mark.parametrize(
    ("number", "other", "doubles", "is_same"),
    [
        pytest.param(0.5, 0.5, 0.0, True, id="equal"),
        pytest.param(0.413714, 0.413715, 0.0, False, id="the last published decimal, and nothing may differ"),
        pytest.param(0.413714, 0.413715, SHARE, True, id="the last published decimal"),
        pytest.param(0.413714, 0.413716, SHARE, False, id="two in the last published decimal"),
        pytest.param(1e7, 1e7 + 0.005, SHARE, True, id="the share of a large number"),
        pytest.param(1e7, 1e7 + 0.02, SHARE, False, id="more than the share"),
        pytest.param(float("nan"), float("nan"), SHARE, True, id="no number"),
        pytest.param(None, 0.0, SHARE, False, id="nothing is not zero"),
        pytest.param(1, 2, SHARE, False, id="counts are exact"),
    ],
)
def test_numbers_with_a_fraction_alone_may_differ_and_only_so_far(
    number: float | None, other: float | None, doubles: float, is_same: bool
) -> None:
    kind = pa.int64() if isinstance(number, int) else pa.float64()
    one, two = (pa.table({"n": pa.array([value], kind)}) for value in (number, other))
    assert (list(differences(one, two, doubles)) == []) is is_same


@pytest.mark.parametrize(
    ("objective", "gap", "doubles", "is_same"),
    [
        pytest.param(-8356.59, 0.0016, SHARE, True, id="as good as the gap tells"),
        pytest.param(-8356.59, 0.0016, 0.0, False, id="nothing may differ"),
        pytest.param(-8956.59, 0.0016, SHARE, False, id="better than the gap allows"),
        pytest.param(-8355.88, 0.0006, SHARE, False, id="the same objective with another list"),
    ],
)
def test_points_of_the_frontier_may_be_other_lists_that_are_as_good(
    objective: float, gap: float, doubles: float, is_same: bool
) -> None:
    one = pa.table({"objective": [-8355.88], "gap": [0.0006], "listed": [107]})
    two = pa.table({"objective": [objective], "gap": [gap], "listed": [108]})
    assert (list(differences(one, two, doubles)) == []) is is_same
