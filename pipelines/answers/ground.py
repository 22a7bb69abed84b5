"""What answers are checked against: the warehouse, or what is published and laid into the home, which a night leaves
open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from xuanpin.pipelines import run_store
from xuanpin.pipelines.answers.heard import HeardAnswers
from xuanpin.pipelines.answers.spoken import Spoken, spoken
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.privacy import Guard
from xuanpin.pipelines.typed.phrase import phrase

Ids = Collection[str]
Texts = Sequence[str | None]


@dataclass(frozen=True)
class Ground:
    """Hold what answers are checked against and where they go: `home`, and the moment `now`, zone-aware.

    `known_skus` and `known_agents` return those of some ids that are known. `spoken` returns what was said on list
    dates so far, oldest first: of some SKUs, or of all for None. `redacted` returns texts without personal data.
    """

    home: Home
    now: datetime
    known_skus: Callable[[Ids], Ids]
    known_agents: Callable[[Ids], Ids]
    spoken: Callable[[Collection[date], Ids | None], list[Spoken]]
    redacted: Callable[[Texts], Texts]


def warehouse_ground(night: Night) -> Ground:
    """Return the ground of a sheet and of codes: all that nights have read, and what waits in the home."""

    def known(stem: str, column: str) -> Callable[[Ids], Ids]:
        return lambda asked: set(night.engine.select(stem, asked=sorted(asked))[column].to_pylist())

    def said(list_dates: Collection[date], skus: Ids | None) -> list[Spoken]:
        found = spoken(night, list_dates)
        return found if skus is None else [answer for answer in found if answer.key[2] in skus]

    def redacted(texts: Texts) -> Texts:
        safe: Texts = Guard(night.engine, key=None).redact(pa.array(texts, pa.string())).to_pylist()
        return safe

    return Ground(
        night.home, night.now, known("known_skus", "sku_id"), known("known_agents", "agent_id"), said, redacted
    )


def published_ground(home: Home, now: datetime, run: run_store.CurrentRun, heard: HeardAnswers) -> Ground:
    """Return the ground of the agent's page at `now`: the scorecard and agents of `run`, and what the home has `heard`.

    What is published is a part of what the warehouse knows, so whatever passes here passes there; and the warehouse
    is not opened, so neither a night nor an agent waits for the other. Customers' names stand in the warehouse alone:
    nothing that is free text passes.
    """

    def known(table: str, column: str) -> Callable[[Ids], Ids]:
        def found(asked: Ids) -> Ids:
            rows = run_store.read_rows_among(home, run, table, [column], **{column: sorted(asked)})
            return set(rows[column].to_pylist())

        return found

    return Ground(home, now, known("sku_scorecard", "sku_id"), known("agent_summary", "agent_id"), heard.spoken, _plain)


def _plain(texts: Texts) -> Texts:
    if any(texts):
        raise UsageError(phrase("what an agent adds in her own words comes in by the sheet (`xuanpin answers import`)"))
    return texts
