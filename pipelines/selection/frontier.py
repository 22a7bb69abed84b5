"""Step `frontier`: the best list of each size under each promise, and what it costs to promise more.

It decides nothing, so a whole night draws it beside the steps that follow the list. Each point keeps its promise,
however short the list gets: the floor of the settings does not hold here. It takes no more confidence than is asked
for, as a night or a plan does where that costs little.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Flags, Floats
from xuanpin.models.assortment.constraints import Limits, ListCandidates
from xuanpin.models.assortment.list_task import SolvedList, upper_share
from xuanpin.models.assortment.problem import ConstraintConflictError
from xuanpin.models.assortment.solve import keeps_promise, promised_list
from xuanpin.pipelines import figures
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.engine import numbers
from xuanpin.pipelines.selection.inputs import (
    Demand,
    Inputs,
    kept_units,
    list_candidates,
    list_limits,
    list_values,
    stored_inputs,
)
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.deciding import AssortmentSettings
from xuanpin.pipelines.side_by_side import side_by_side


@dataclass(frozen=True)
class Grid:
    """`sizes` in multiples of list_size, `promises` in multiples of landmine_promise, and the `gap` from
    the best within which a list is taken (a share of its value) where that is more than the settings ask for."""

    sizes: tuple[float, ...]
    promises: tuple[float, ...]
    gap: float


WHOLE_GRID = Grid((0.5, 0.75, 1.0, 1.25, 1.5), (0.5, 0.75, 1.0, 1.5, 2.0), 0.0)
"""What somebody gets who asks for a frontier."""
NIGHT_GRID = Grid((0.75, 1.0, 1.25), (0.75, 1.0, 1.5), 0.01)
"""What a night draws without being asked: a fifth of the work, and a hundredth is less than the picture shows."""

FRONTIER = pa.schema(
    [
        ("list_size", pa.int32()),
        ("promise", pa.float64()),
        ("expected_kept_units", pa.float64()),
        ("expected_regret_rate", pa.float64()),
        ("promise_bound", pa.float64()),
        ("covered_share", pa.float64()),
        ("objective", pa.float64()),
        ("gap", pa.float64()),
        ("listed", pa.int32()),
    ]
)


@dataclass(frozen=True)
class FrontierPoint:
    """The best list of at most `list_size` SKUs that holds no more than a share `promise` of landmines (0-1).

    `listed` SKUs are on it; `expected_kept_units` is their sum, `expected_regret_rate` the share of regretted among the
    units expected to be delivered (None for an empty list), `promise_bound` the share of landmines that it does not
    exceed with the confidence of the settings, `covered_share` that of agents' slots that find a SKU that suits them;
    `objective` and `gap` are those of its certificate.
    """

    list_size: int
    promise: float
    expected_kept_units: float
    expected_regret_rate: float | None
    promise_bound: float
    covered_share: float
    objective: float
    gap: float
    listed: int


def draw_frontier(night: Night) -> StepCount:
    """Store the points of the frontier as night.list_frontier; returns 0 and the points.

    What `begin_frontier` begins may have been done before: then it is at hand.
    """
    return 0, night.engine.store("night.list_frontier", (night.early or begin_frontier(night))())


def begin_frontier(night: Night) -> Callable[[], pa.Table]:
    """Read the night's candidates and list; return what finds the rows of list_frontier, which touches no table.

    There are none where the settings admit fewer candidates.
    """
    admitted = night.engine.read("night.int_selection_candidates", columns=("is_admitted",))["is_admitted"]
    if sum(admitted.to_pylist()) > night.settings.assortment.frontier_candidates:
        return lambda: FRONTIER.empty_table()
    inputs = stored_inputs(night)
    listed = night.engine.read("night.sku_list", columns=("sku_id",))["sku_id"].to_pylist()
    near = np.isin(inputs.texts("sku_id").astype(str), listed)
    return partial(_frontier_table, night.settings, inputs, regret_rates(night), near)


def _frontier_table(settings: Settings, inputs: Inputs, regret_rate: Floats, near: Flags) -> pa.Table:
    points = frontier_points(settings, inputs, regret_rate, near, NIGHT_GRID, settings.engine.threads)
    return pa.Table.from_pylist(list(map(asdict, points)), schema=FRONTIER)


def regret_rates(night: Night) -> Floats:
    """Return the regret rate of each candidate of a night in order of sku_id."""
    scores = night.engine.read("night.sku_scores", columns=("regret_rate",), order_by=("sku_id",))
    return numbers(scores, "regret_rate")


def frontier_points(
    settings: Settings, inputs: Inputs, regret_rate: Floats, near: Flags, grid: Grid = WHOLE_GRID, threads: int = 1
) -> list[FrontierPoint]:
    """Return the points of the `grid` in order of size and promise; one that pins leave no list for is missing.

    `regret_rate` is that of every candidate. `near` flags the admitted candidates of the night's list: of equally good
    lists, those like it are taken. Sizes need nothing of each other and are shared out among `threads`.
    """
    candidates = list_candidates(inputs)

    def of_size(size: int) -> list[FrontierPoint]:
        assortment = settings.assortment.model_copy(update={"list_size": size})
        sized = settings.model_copy(update={"assortment": assortment})
        limits = replace(list_limits(sized, settings.scoring.landmine_promise), list_floor=0)
        found = _best_so_far(_of_size(inputs, candidates, assortment, limits, near, grid))
        return [_point(inputs, regret_rate, assortment, limits, *best) for best in found]

    # The longest takes as long as the others together.
    sizes = sorted(grid_sizes(settings.assortment, grid), reverse=True)
    points = chain.from_iterable(side_by_side(threads, [partial(of_size, size) for size in sizes]))
    return sorted(points, key=lambda point: (point.list_size, point.promise))


def _point(
    inputs: Inputs,
    regret_rate: Floats,
    assortment: AssortmentSettings,
    limits: Limits,
    promise: float,
    solved: SolvedList,
) -> FrontierPoint:
    solution = solved.solution
    positions = np.flatnonzero(inputs.admitted)[solution.chosen]
    kept = kept_units(inputs, solution.chosen, assortment)[positions]
    returned = numbers(inputs.candidates, "return_rate")[positions]
    return FrontierPoint(
        list_size=assortment.list_size,
        promise=promise,
        expected_kept_units=math.fsum(kept),
        expected_regret_rate=figures.regret_rate(kept, returned, regret_rate[positions]),
        promise_bound=upper_share(list_candidates(inputs), limits, solution.chosen),
        covered_share=covered_share(inputs.demand, solution.chosen),
        objective=solution.objective,
        gap=solution.gap,
        listed=len(positions),
    )


def grid_sizes(settings: AssortmentSettings, grid: Grid) -> Sequence[int]:
    """Return the sizes of the `grid` in SKUs, each once."""
    return sorted({max(round(share * settings.list_size), 1) for share in grid.sizes})


def _best_so_far(found: Iterable[tuple[float, SolvedList]]) -> Iterator[tuple[float, SolvedList]]:
    """The best list under each promise, the narrowest first: one that is worth more keeps the wider too."""
    best: SolvedList | None = None
    for promise, solved in reversed(list(found)):
        if best is None or solved.solution.objective >= best.solution.objective:
            best = solved
        yield promise, best


def _of_size(
    inputs: Inputs,
    candidates: ListCandidates,
    assortment: AssortmentSettings,
    limits: Limits,
    near: Flags,
    grid: Grid,
) -> Iterator[tuple[float, SolvedList]]:
    """A list under each promise of the grid, the widest first: one that keeps the next as well is its best."""
    value, coverage = list_values(inputs, assortment)
    solved: SolvedList | None = None
    for share in sorted(grid.promises, reverse=True):
        promise = min(round(share * limits.landmine_promise, 6), 1.0)
        held = replace(limits, landmine_promise=promise)
        if solved is None or not keeps_promise(candidates, held, solved.solution.chosen):
            try:
                solved = promised_list(candidates, value, coverage, held, max(assortment.gap, grid.gap), near)
            except ConstraintConflictError:
                return
        yield promise, solved


def covered_share(demand: Demand, chosen: Flags) -> float:
    """Return the share of agents' slots whose segment finds a SKU that suits it on a list (`chosen` flags the admitted
    candidates), 0-1; 1 where nobody asks for any."""
    suits = chosen[demand.column] & (demand.post_value > 0)
    found = np.bincount(demand.segment[suits], minlength=len(demand.agents))
    filled = float(demand.agents @ np.minimum(demand.slots, found))
    return filled / demand.places if demand.places else 1.0
