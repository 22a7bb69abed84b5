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
    tables = [pa.table({"n": [value], "m": [0.5]}) for value in (number, other)]
    if number is None:
        tables[0] = tables[0].set_column(0, "n", pa.nulls(1, pa.float64()))
    assert (list(differences(*tables, doubles)) == []) is is_same
