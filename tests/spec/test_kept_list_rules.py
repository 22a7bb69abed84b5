"""What a list made from an earlier one must keep to: its promise, its places, and caps none below what it held."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.support.night_tables import promised
from xuanpin.models.assortment.replacement import ReplacementProblem
from xuanpin.pipelines.context import BEIJING, Home, Night
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.republishing.derive import replacement_problem
from xuanpin.pipelines.settings import Settings

SKUS = pa.schema(
    [
        ("sku_id", pa.string()), ("list_rank", pa.int32()), ("base_role", pa.string()), ("reserve_role", pa.string()),
        ("supplier_id", pa.string()), ("category", pa.string()), ("spu_id", pa.string()), ("title_key", pa.string()),
        ("is_cold_chain", pa.bool_()), ("landmine_probability", pa.float64()),
    ]
)  # fmt: skip
RULES: dict[str, Any] = {
    "list_size": 8,
    "supplier_max_share": 0.25,
    "category_max_share": 0.5,
    "explore_share": 0.125,
    "category_max": {"食品/水果": 1},
    "cold_chain_max": 1,
}


def problem(
    warehouse: Engine, *skus: dict[str, Any], risks: tuple[float, ...] = (0.01,), **said: Any
) -> ReplacementProblem:
    """What is to be decided of these SKUs; `risks` are the landmine probabilities of the earlier list, which has
    `said` what it promises."""
    promised(warehouse, "history.base_list", "sku_list", [{"landmine_probability": risk} | said for risk in risks])
    settings = Settings.model_validate({"assortment": RULES, "scoring": {"landmine_promise": 0.05}})
    now = datetime(2026, 11, 22, 9, tzinfo=BEIJING)
    night = Night(warehouse, settings, Home(Path("nowhere")), date(2026, 11, 21), None, now)
    plain = {"base_role": "core", "category": "百货", "is_cold_chain": False, "landmine_probability": 0.01}
    rows = [{"sku_id": f"S{place}", "supplier_id": f"P{place}"} | plain | sku for place, sku in enumerate(skus)]
    return replacement_problem(night, pa.Table.from_pylist(rows, schema=SKUS))


def caps(found: ReplacementProblem) -> dict[tuple[int, ...], int]:
    """The lowest cap of each set of SKUs, by their places."""
    lowest: dict[tuple[int, ...], int] = {}
    for cap in found.caps:
        members = tuple(cap.members.nonzero()[0].tolist())
        lowest[members] = min(cap.most, lowest.get(members, cap.most))
    return lowest


@pytest.mark.parametrize(
    ("risks", "promise"),
    [
        pytest.param((0.01, 0.03), 0.05, id="a list below the promise may rise to it"),
        pytest.param((0.06, 0.10), 0.08, id="one that was allowed more gets no worse"),
        pytest.param((), 0.05, id="an empty one promised nothing"),
    ],
)
def test_the_promise_is_that_of_the_settings_or_what_the_earlier_list_held(
    warehouse: Engine, risks: tuple[float, ...], promise: float
) -> None:
    found = problem(warehouse, {"list_rank": 1}, risks=risks)
    assert found.promise == pytest.approx(promise)
    assert found.size == len(risks)


@pytest.mark.parametrize(
    ("bound", "promise"),
    [
        pytest.param(0.05, 0.02, id="a list at its bound may get no riskier"),
        pytest.param(0.03, 0.0365, id="one with room below may"),
    ],
)
def test_a_list_that_kept_its_promise_goes_on_to_keep_it(warehouse: Engine, bound: float, promise: float) -> None:
    found = problem(warehouse, {"list_rank": 1}, risks=(0.02,) * 100, promise_bound=bound, can_promise=True)
    assert found.promise == pytest.approx(promise, abs=1e-4)


def test_skus_with_a_rank_stay_and_pinned_ones_of_them_are_never_given_up(warehouse: Engine) -> None:
    found = problem(
        warehouse,
        {"list_rank": 1, "base_role": "pinned", "landmine_probability": 0.2},
        {"list_rank": 2},
        {"base_role": None, "reserve_role": "core"},
    )
    assert found.stays.tolist() == [True, True, False]
    assert found.is_pinned.tolist() == [True, False, False]
    assert found.landmine_probability.tolist() == [0.2, 0.01, 0.01]


@pytest.mark.parametrize(("listed", "most"), [(1, 2), (2, 2), (3, 3)])
def test_a_supplier_keeps_its_share_or_what_it_held(warehouse: Engine, listed: int, most: int) -> None:
    theirs = [{"supplier_id": "P", "list_rank": place + 1 if place < listed else None} for place in range(4)]
    assert caps(problem(warehouse, *theirs, {"category": "女装"}))[0, 1, 2, 3] == most


@pytest.mark.parametrize(
    ("own", "most"),
    [
        pytest.param({"category": "食品/水果/苹果"}, 1, id="a category with a number of its own"),
        pytest.param({"spu_id": "U"}, 1, id="one product"),
        pytest.param({"title_key": "草莓"}, 1, id="one title"),
        pytest.param({"is_cold_chain": True}, 1, id="the cold chain"),
        pytest.param({"base_role": "explore"}, 1, id="new SKUs on the list"),
        pytest.param({"base_role": None, "reserve_role": "explore"}, 1, id="new SKUs among the reserves"),
        pytest.param({"category": "女装/连衣裙"}, 4, id="half of the list of one department"),
    ],
)
def test_reserves_are_held_to_the_rules_of_the_list(warehouse: Engine, own: dict[str, Any], most: int) -> None:
    assert caps(problem(warehouse, own, own, {"list_rank": 1}))[0, 1] == most


def test_what_an_earlier_list_held_of_a_kind_may_stand_on_the_next(warehouse: Engine) -> None:
    cold: list[dict[str, Any]] = [
        {"is_cold_chain": True, "list_rank": 1},
        {"is_cold_chain": True, "list_rank": 2},
        {"is_cold_chain": True},
    ]
    assert caps(problem(warehouse, *cold, {"category": "女装"}))[0, 1, 2] == 2
