"""A long history fast, for benchmarks: the same people, SKUs and outcomes, but drawn by chunks of days.

Agents' posts, stock and customers' trust are left out; every drop is Parquet and clean. Ten million lines take minutes.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo import outcomes, rows
from xuanpin.pipelines.demo.behaviour import liking
from xuanpin.pipelines.demo.drops import parquet, zoned
from xuanpin.pipelines.demo.talk import dice, fill, opinion
from xuanpin.pipelines.demo.world import Columns, World, concatenate, generator, take

CHUNK_LINES = 250_000
LONGEST_CHUNK_DAYS = 30
FAVOURITES = 20
PROMOTIONS_PER_LINE = 0.5
TEXTS_PER_KIND = 4_000


class BulkHistory:
    """Write the history of a large world to `folder` in chunks of days, going on where it stopped."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self._next = world.scale.first_day
        self._ahead: dict[str, Columns] = {}
        rng = generator(world.seed, 60)
        n = len(world.catalogue)
        self._popularity = np.cumsum(np.exp(world.catalogue.attraction) * rng.gamma(0.5, 2.0, n))
        self._favourites = self._draw_skus(rng, (world.scale.agents, FAVOURITES))
        self._texts = _text_bank(world, rng)

    def write(self, until: date) -> None:
        """Write the drops of all days not yet written, up to `until` (included): one file a table and chunk."""
        days = max(1, min(LONGEST_CHUNK_DAYS, int(CHUNK_LINES / self.world.scale.lines_per_day)))
        while self._next <= until:
            last = min(until, self._next + timedelta(days=days - 1))
            self._write_chunk(np.datetime64(self._next, "D"), np.datetime64(last, "D"))
            self._next = last + timedelta(days=1)

    def _write_chunk(self, first: np.datetime64, last: np.datetime64) -> None:
        world = self.world
        lines = outcomes.decide_fates(world, first, self._purchases(first, last))
        orders = self._known("orders", outcomes.order_versions(lines), last)
        returns = self._known("returns", outcomes.return_versions(world, lines), last)
        speech = self._known("speech", _speech(lines), last)
        days = np.arange(first, last + 1)
        tables = {
            "products": pa.concat_tables([rows.product_rows(world, day) for day in days]),
            "inventory": rows.inventory_rows(world, last),
            "agents": pa.concat_tables([rows.agent_rows(world, day) for day in days]),
            "groups": pa.concat_tables([rows.group_rows(world, day) for day in days]),
            "orders": rows.order_rows(world, orders),
            "returns": rows.return_rows(returns),
            "chat_messages": self._chat(first, lines, speech),
        }
        for name, table in tables.items():
            target = self.folder / name
            target.mkdir(parents=True, exist_ok=True)
            (target / f"{last}.parquet").write_bytes(parquet(zoned(table)))

    def _known(self, table: str, fresh: list[Columns], last: np.datetime64) -> Columns:
        """The rows the platform knows by the end of `last`, of the newest version only; the others wait."""
        waiting = self._ahead.get(table)
        everything = concatenate([*([waiting] if waiting else []), *fresh])
        is_known = everything["updated_at"] < (last + 1).astype("datetime64[s]")
        self._ahead[table] = take(everything, ~is_known)
        known = take(everything, is_known)
        key = next(iter(known))
        order = np.lexsort((known["updated_at"], known[key]))
        is_newest = np.r_[known[key][order][1:] != known[key][order][:-1], True] if len(order) else order.astype(bool)
        return take(known, order[is_newest])

    def _draw_skus(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        drawn = rng.random(shape) * self._popularity[-1]
        return np.asarray(np.minimum(np.searchsorted(self._popularity, drawn), len(self._popularity) - 1))

    def _purchases(self, first: np.datetime64, last: np.datetime64) -> Columns:
        """Purchases of a chunk: half from the agent's favourites, the others by popularity; only launched SKUs."""
        world, rng, days = self.world, self.world.rng(first, 61), int((last - first).astype(int)) + 1
        customers, n = world.people.customers, round(world.scale.lines_per_day * days)
        member = rng.integers(0, len(customers.member_group), n)
        group = customers.member_group[member]
        agent, customer = world.people.group_agent[group], customers.member_customer[member]
        favourite = self._favourites[agent, rng.integers(0, FAVOURITES, n)]
        sku = np.where(rng.random(n) < 0.5, favourite, self._draw_skus(rng, (n,)))
        second = np.clip(rng.normal(20.0, 3.0, n), 7.0, 23.8) * 3600 + rng.integers(0, days, n) * 86_400
        ordered_at = first.astype("datetime64[s]") + second.astype(np.int64).astype("timedelta64[s]")
        old = np.flatnonzero(world.catalogue.launched_on < world.first_day)
        is_out = world.catalogue.launched_on[sku] <= ordered_at.astype("datetime64[D]")
        sku = np.where(is_out, sku, old[sku % len(old)])
        return {
            "visit": np.arange(n), "sku": sku, "suits": liking(world, customer, agent, sku),
            "quantity": 1 + (rng.random(n) < 0.15), "ordered_at": ordered_at,
            "customer": customer, "group": group, "agent": agent,
        }  # fmt: skip

    def _chat(self, first: np.datetime64, lines: Columns, speech: Columns) -> pa.Table:
        """Promotions before some of the orders, and what buyers say about what they received."""
        rng = self.world.rng(first, 62)
        chosen = take(lines, np.flatnonzero(rng.random(len(lines["sku"])) < PROMOTIONS_PER_LINE))
        promoted_at = chosen["ordered_at"].astype("datetime64[D]").astype("datetime64[s]") + np.timedelta64(
            7 * 3600, "s"
        )
        promotions = self._messages(rng, chosen, promoted_at, "agent", np.full(len(promoted_at), 3))
        mood = np.where(speech["speech"] == 1.0, 0, np.where(speech["speech"] == 0.0, 1, 2))
        return pa.concat_tables([promotions, self._messages(rng, speech, speech["updated_at"], "customer", mood)])

    def _messages(self, rng: np.random.Generator, about: Columns, at: Array, role: str, kind: Array) -> pa.Table:
        n = len(at)
        has_card = rng.random(n) < (0.7 if role == "agent" else 0.15)
        is_named = ~has_card & (rng.random(n) < (1.0 if role == "agent" else 0.5))
        titles = pa.array([*self.world.catalogue.title, ""])
        title = titles.take(pa.array(np.where(is_named, about["sku"], len(self.world.catalogue))))
        text = self._texts.take(pa.array(kind * TEXTS_PER_KIND + rng.integers(0, TEXTS_PER_KIND, n)))
        return pa.table({
            "message_id": rows.ids("M", self.world.state.number("message", n)),
            "group_id": rows.ids("G", about["group"]),
            "sender_id": rows.ids("A", about["agent"]) if role == "agent" else rows.ids("C", about["customer"]),
            "sender_role": pa.array(np.full(n, role)), "sent_at": at,
            "text": pc.binary_join_element_wise(title, text, " "),
            "sku_id": rows.ids("S", np.where(has_card, about["sku"], -1)),
            "reply_to_message_id": pa.nulls(n, pa.string()),
        })  # fmt: skip


def _speech(lines: Columns) -> list[Columns]:
    spoken = ~np.isnan(lines["speech"])
    names = ("line", "sku", "agent", "group", "customer", "speech")
    return [{**{name: lines[name][spoken] for name in names}, "updated_at": lines["said_at"][spoken]}]


def _text_bank(world: World, rng: np.random.Generator) -> pa.Array:
    """Ready texts: praise, complaints, shrugs and promotions, TEXTS_PER_KIND of each."""
    domains = sorted({category.domain for category in world.catalogue.categories})
    texts = [
        opinion(die, domains[die.below(len(domains))], polarity)
        for polarity in ("pos", "neg", "neu")
        for die in dice(rng, TEXTS_PER_KIND)
    ]
    return pa.array(texts + [fill(die, "promo", title="这款", price="69") for die in dice(rng, TEXTS_PER_KIND)])
