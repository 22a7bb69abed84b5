"""Makes the messages of a list date from what is published: the matches of each agent for each of her groups.

It reads the run folder alone, so it works while a night holds the warehouse.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.models.matching.reading_order import reading_order
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.outbox import wording
from xuanpin.pipelines.outbox.codes import answer_code, message_id
from xuanpin.pipelines.outbox.links import Links, links_for
from xuanpin.pipelines.outbox.message import Message, SkuLine
from xuanpin.pipelines.run_store.columns import read_columns
from xuanpin.pipelines.run_store.sealing import RESERVES
from xuanpin.pipelines.settings.desk import DeskSettings
from xuanpin.pipelines.settings.outbox import OutboxSettings, is_web
from xuanpin.pipelines.typed.phrase import phrase

SKU_COLUMNS = (
    "sku_id", "title", "category", "list_price", "satisfaction", "return_rate", "evidence_orders", "sellable_units",
    "offer_until",
)  # fmt: skip
MATCH_COLUMNS = ("agent_id", "match_rank", "sku_id", "reasons")
Match = dict[str, Any]


@dataclass(frozen=True)
class _Hers:
    """Whose message it is, and the link to her page, None where she has none."""

    agent_id: str
    link: str | None


@dataclass(frozen=True)
class Recipients:
    """Hold a run's groups by agent, and what nothing is sent for.

    `groups`: ids of the groups of every active agent who has any; `without_group`: agents who have matches and no
    group; `without_match`: agents who have groups and no match. All in the order of ids.
    """

    groups: Mapping[str, Sequence[str]]
    without_group: tuple[str, ...]
    without_match: tuple[str, ...]


def recipients(home: Home, run: run_store.CurrentRun) -> Recipients:
    """Return whom the messages of a `run` are for; raises UsageError for a run that carries no groups."""
    rows = _reserve(home, run, "reserve_groups")
    pairs = zip(rows["agent_id"].to_pylist(), rows["group_id"].to_pylist(), strict=True)
    by_agent = {agent: tuple(group for _, group in hers) for agent, hers in groupby(pairs, key=itemgetter(0))}
    matched = set(run_store.read_table(home, run, "agent_matches", ["agent_id"])["agent_id"].unique().to_pylist())
    return Recipients(
        groups=by_agent,
        without_group=tuple(sorted(matched - by_agent.keys())),
        without_match=tuple(sorted(by_agent.keys() - matched)),
    )


def _reserve(home: Home, run: run_store.CurrentRun, name: str) -> pa.Table:
    path = run_store.run_folder(home, run) / RESERVES / f"{name}.parquet"
    if not path.exists():
        raise UsageError(
            phrase(
                "the list of {list_date} carries no groups to send to: its run is of an earlier release; run the "
                "night of that list date again",
                list_date=run.list_date,
            )
        )
    return pq.read_table(path)


def compose(
    home: Home,
    run: run_store.CurrentRun,
    key: bytes,
    settings: OutboxSettings,
    taken: Collection[str],
    desk: DeskSettings | None = None,
) -> Iterator[Message]:
    """Yield the message of each group that is not `taken`, by agent and group, made from a `run`.

    An agent's groups get the same SKUs. `key` is the home's; `taken` holds ids of groups that have had their message
    of the day. Where `desk` has an address, what goes to an agent carries her link in place of codes.
    """
    by_agent = recipients(home, run).groups
    listed = _listed(home, run, settings)
    links = _links(home, run, key, desk)
    for agent_id, matches in _matches(home, run):
        groups = [group for group in by_agent.get(agent_id, ()) if group not in taken]
        if groups:
            chosen = _chosen(matches, listed, settings)
            skus = [(_sku_line(key, run.list_date, row), row) for row in chosen]
            hers = _Hers(agent_id, links.of(agent_id) if links else None)
            for group_id in groups:
                yield _message(run, key, settings, group_id, skus, hers)


def _links(home: Home, run: run_store.CurrentRun, key: bytes, desk: DeskSettings | None) -> Links | None:
    if desk is None or desk.address is None:
        return None
    return links_for(home, key, desk.address, run.list_date, desk.link_days)


def _listed(home: Home, run: run_store.CurrentRun, settings: OutboxSettings) -> dict[str, Match]:
    """Return what is published of each listed SKU, its title as messages show it, and its page."""
    pages = run_store.with_columns(_reserve(home, run, "reserve_skus"), pa.schema([("page_url", pa.string())]))
    addresses = dict(zip(pages["sku_id"].to_pylist(), pages["page_url"].to_pylist(), strict=True))
    rows = read_columns(home, run, "sku_list", SKU_COLUMNS).to_pylist()
    return {
        row["sku_id"]: row
        | {
            # Signs that nobody sees are no title.
            "title": wording.sku_title(row["title"], settings) or row["sku_id"],
            "page_url": _page(addresses.get(row["sku_id"])),
        }
        for row in rows
    }


def _page(address: str | None) -> str | None:
    """Return the address of a page, or None for what would not be one in a chat."""
    return address if address is not None and is_web(address) else None


def _matches(home: Home, run: run_store.CurrentRun) -> Iterator[tuple[str, list[Match]]]:
    """Yield each agent with her matches, best first; a published table is in the order of its key."""
    with pq.ParquetFile(run_store.run_folder(home, run) / "agent_matches.parquet") as file:
        rows = (row for part in file.iter_batches(columns=list(MATCH_COLUMNS)) for row in part.to_pylist())
        for agent_id, hers in groupby(rows, key=itemgetter("agent_id")):
            yield agent_id, sorted(hers, key=itemgetter("match_rank"))


def _chosen(matches: Sequence[Match], listed: Mapping[str, Match], settings: OutboxSettings) -> list[Match]:
    """Return her best matches with what is published of their SKUs, in the order in which they read well."""
    best = [listed[row["sku_id"]] | row for row in matches[: settings.most_skus]]
    order = reading_order([row["category"] for row in best], [float(row["list_price"]) for row in best])
    return [best[at] for at in order]


def _sku_line(key: bytes, list_date: str, row: Match) -> SkuLine:
    return SkuLine(
        sku_id=row["sku_id"],
        title=row["title"],
        list_price=str(row["list_price"]),
        page_url=row["page_url"],
        code=answer_code(key, (list_date, row["agent_id"], row["sku_id"])),
    )


def _message(
    run: run_store.CurrentRun,
    key: bytes,
    settings: OutboxSettings,
    group_id: str,
    skus: Sequence[tuple[SkuLine, Match]],
    hers: _Hers,
) -> Message:
    made_id = message_id(key, run.list_date, group_id, run.run_id)
    day = date.fromisoformat(run.list_date)
    blocks = [wording.block(sku.title, row, settings.language) for sku, row in skus]
    text, count = wording.group_text(blocks, day, made_id, settings)
    return Message(
        message_id=made_id,
        list_date=run.list_date,
        run_id=run.run_id,
        agent_id=hers.agent_id,
        group_id=group_id,
        text=text,
        note=wording.agent_note(hers.agent_id, day, skus[:count], settings, hers.link),
        skus=tuple(sku for sku, _ in skus[:count]),
    )
