"""Solves a night's list anew under a draft, from the problem that the night left, beside the list as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.models.arrays import Flags
from xuanpin.models.assortment.list_task import SolvedList
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.errors import OutputCheckFailed
from xuanpin.pipelines.planning.draft import Draft, add_overrides, drafted_settings, known_skus, refuse_pins
from xuanpin.pipelines.planning.figures import (
    Figures,
    ListedSku,
    published_figures,
    published_list,
    solved_figures,
    solved_list,
)
from xuanpin.pipelines.planning.problem import Problem, ProblemFacts, open_problem, read_problem
from xuanpin.pipelines.selection.decisions import why_not_listed
from xuanpin.pipelines.selection.inputs import Inputs, even_posts, read_inputs
from xuanpin.pipelines.selection.step import refuse_relaxed, relaxed_rules, solve_tonight
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import phrase


@dataclass(frozen=True)
class Leaving:
    """A SKU of the list as it is that the draft leaves out, and the published reason (`reason`, coded)."""

    sku: ListedSku
    reason: str


@dataclass(frozen=True)
class Move:
    """A SKU that is on both lists, at another place than before (`rank_before`, from 1)."""

    sku: ListedSku
    rank_before: int


@dataclass(frozen=True)
class Plan:
    """The list of `list_date` under a draft beside the list as it is.

    `before` and `after` are their figures, `skus` the drafted list by rank; `entering`, `leaving` and `moved` say how
    it differs. `relaxed` names the firm rules that it gives up, with by how much and on which side; `needs_night` the
    keys of settings of the draft that take a whole night and were not tried.
    """

    list_date: date
    before: Figures
    after: Figures
    skus: tuple[ListedSku, ...]
    entering: tuple[ListedSku, ...]
    leaving: tuple[Leaving, ...]
    moved: tuple[Move, ...]
    relaxed: tuple[tuple[str, float, str], ...]
    needs_night: tuple[str, ...]


@dataclass(frozen=True)
class Drafted:
    """A draft over an opened problem: the night in memory, what selection reads of it, the keys of settings not tried
    (`needs_night`), and whether the draft changes nothing that the list depends on (`is_same`)."""

    problem: Problem
    night: Night
    inputs: Inputs
    needs_night: tuple[str, ...]
    is_same: bool


def plan(run_folder: Path, draft: Draft | None = None, shown: Path | None = None, recalled: Sequence[str] = ()) -> Plan:
    """Read the problem of the run in `run_folder` and solve it anew.

    `draft`, `shown` and `recalled` as of plan_problem; raises UsageError for a run without a problem too.
    """
    return plan_problem(read_problem(run_folder), draft or Draft(), shown, recalled)


def plan_problem(problem: Problem, draft: Draft, shown: Path | None = None, recalled: Sequence[str] = ()) -> Plan:
    """Solve a problem anew under a `draft` and compare.

    `shown` is the folder of the run that readers see where it is another one, made from this one; `recalled` SKUs may
    not be listed. A draft that changes nothing gives the night's list; any other the list near it that is within the
    gap of the settings of the best. Reads these folders alone and writes nothing. Raises UsageError for settings out of
    range, unknown SKUs and pins that no list may follow, OutputCheckFailed where no list may be published.
    """
    with drafted(problem, draft, recalled) as found:
        solved = solve_drafted(found)
        after = solved_list(found.night, found.inputs, solved)
        before, figures = _as_it_is(found, shown)
        stays = {sku.sku_id: sku.list_rank for sku in before}
        chosen = {sku.sku_id for sku in after}
        gone = [sku for sku in before if sku.sku_id not in chosen]
        return Plan(
            list_date=problem.facts.list_date,
            before=figures,
            after=solved_figures(found.night, found.inputs, solved, after),
            skus=after,
            entering=tuple(sku for sku in after if sku.sku_id not in stays),
            leaving=tuple(map(Leaving, gone, _reasons(found, solved, gone))),
            moved=tuple(_moves(after, stays)),
            relaxed=tuple(relaxed_rules(solved)),
            needs_night=found.needs_night,
        )


@contextmanager
def drafted(problem: Problem, draft: Draft, recalled: Sequence[str] = ()) -> Iterator[Drafted]:
    """Open a problem with a `draft` and what was `recalled` put into it; errors as of plan_problem."""
    settings, needs_night = drafted_settings(problem.facts, draft)
    is_same = settings == night_settings(problem.facts) and not (draft.pins or draft.bans or recalled)
    with open_problem(problem, settings) as night:
        candidates = night.engine.read("night.sku_scores", columns=("sku_id",))["sku_id"].to_pylist()
        asked = known_skus(draft, candidates) if draft.pins or draft.bans else draft
        add_overrides(night, asked, recalled)
        inputs = read_inputs(night)
        refuse_pins(night, asked)
        yield Drafted(problem, night, inputs, needs_night, is_same)


def solve_drafted(found: Drafted) -> SolvedList:
    """Return the list of a draft as it was `found`; raises OutputCheckFailed where no list may be published."""
    near = None if found.is_same else was_published(found)
    solved, _ = solve_tonight(found.night, found.inputs, found.problem.proposed, near)
    if not found.night.settings.assortment.allow_relaxed:
        refuse_relaxed(found.night, solved)
    if not solved.solution.chosen.any():
        admitted = int(np.count_nonzero(found.inputs.admitted))
        raise OutputCheckFailed(
            phrase(
                "no list for {list_date} under this draft: of {count} candidates {admitted} may be listed, and "
                "no list of them keeps the promise; promise less, ban fewer, or allow a floor by [assortment] "
                "list_floor",
                list_date=found.night.list_date,
                count=len(found.inputs.admitted),
                admitted=admitted,
            )
        )
    return solved


def was_published(found: Drafted) -> Flags:
    """Return which admitted candidates of a draft, as it was `found`, stand on the night's own list."""
    listed = _list_of(found.problem.folder, ("sku_id",))["sku_id"].to_pylist()
    return np.isin(found.inputs.texts("sku_id").astype(str), listed)


def _list_of(folder: Path, columns: Sequence[str]) -> pa.Table:
    with pq.ParquetFile(folder / "sku_list.parquet") as file:
        return file.read(list(columns))


def _as_it_is(found: Drafted, shown: Path | None) -> tuple[tuple[ListedSku, ...], Figures]:
    """The list that readers see and its figures, as they were published."""
    problem = found.problem
    folder = shown or problem.folder
    stated = run_store.read_manifest(folder)
    if folder == problem.folder:
        stated |= {name: problem.facts.certificate[name] for name in ("objective", "gap")}
    skus = published_list(_list_of(folder, ListedSku.__match_args__))
    return skus, published_figures(found.night, skus, night_settings(problem.facts), stated)


def night_settings(facts: ProblemFacts) -> Settings:
    """Return the settings of the night that left a problem."""
    return drafted_settings(facts, Draft())[0]


def _reasons(found: Drafted, solved: SolvedList, gone: Sequence[ListedSku]) -> list[str]:
    index = found.inputs.candidates["sku_id"]
    places = [index.index(pa.scalar(sku.sku_id)).as_py() for sku in gone]
    posts = even_posts(found.inputs.demand, found.night.settings.assortment)
    return why_not_listed(found.inputs, solved, posts, places) if places else []


def _moves(after: Sequence[ListedSku], ranks: dict[str, int]) -> Iterator[Move]:
    for sku in after:
        before = ranks.get(sku.sku_id, sku.list_rank)
        if before != sku.list_rank:
            yield Move(sku, before)
