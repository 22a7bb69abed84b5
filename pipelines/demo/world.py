"""Draws a demo platform from a seed, its SKUs, people and hidden truth, and holds all that changes from day to day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.catalogue import DAY, PlatformCatalogue
from xuanpin.pipelines.demo.catalogue_draw import draw_catalogue
from xuanpin.pipelines.demo.people import People, draw_people, may_sell, persona_pull
from xuanpin.pipelines.demo.scale import Scale
from xuanpin.pipelines.demo.tempers import (
    AgentMemory,
    Tempers,
    blank_memory,
    draw_tempers,
    lasting_grounds,
    readiness_for,
)
from xuanpin.pipelines.demo.voices import Voices
from xuanpin.pipelines.demo.ways import PLAIN, lively_ways

Columns = dict[str, Array]


def generator(seed: int, *stream: int) -> np.random.Generator:
    """A random stream of its own for each seed, day and purpose, so that one part never shifts another."""
    return np.random.Generator(np.random.PCG64([seed, *stream]))


def day_number(day: np.datetime64) -> int:
    """Return a `day` as days since 1970-01-01."""
    return int(day.astype("datetime64[D]").astype(np.int64))


def concatenate(batches: list[Columns]) -> Columns:
    """Batches of the same columns, one below the other; no batch gives no columns."""
    if len(batches) < 2:
        return dict(batches[0]) if batches else {}
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def take(columns: Columns, rows: Array) -> Columns:
    """The chosen rows (positions or mask) of every column."""
    return {name: values[rows] for name, values in columns.items()}


@dataclass
class Agenda:
    """What will happen on later days: rows by table and by the day on which the platform comes to know them."""

    days: dict[tuple[str, int], list[Columns]] = field(default_factory=dict)

    def add(self, table: str, when: Array, columns: Columns) -> None:
        """File each row under the day of its `when` (datetime64)."""
        if len(when) == 0:
            return
        number = when.astype("datetime64[D]").astype(np.int64)
        order = np.argsort(number, kind="stable")
        days, starts = np.unique(number[order], return_index=True)
        for day, rows in zip(days, np.split(order, starts[1:]), strict=True):
            self.days.setdefault((table, int(day)), []).append(take(columns, rows))

    def due(self, table: str, day: np.datetime64) -> Columns:
        """Take out the rows of one table that are due on a day."""
        return concatenate(self.days.pop((table, day_number(day)), []))


@dataclass(frozen=True)
class Offers:
    """Count the matches `given` on a `day` that could be sold, and those of them that were `taken`: posted."""

    day: np.datetime64
    given: int
    taken: int


@dataclass
class PlatformState:
    """Hold what changes from day to day.

    `stock` and `recent_sales` of each SKU; `trust` of each customer (1 at the start); `posts` of the last day (agents
    × slots); `complaints` that groups remember (groups × SKUs) and `bought`, the sorted pairs of customer and SKU, both
    empty on a plain platform; `memory` of agents, empty where they refuse nothing; `promotion`: the newest promotion
    message by group and SKU; `next_id` by kind; `agenda`: what the platform will know later; `lines`, `visits`,
    `messages` and `offers` so far; `personal` data that was planted; `events` for the truth; `backlog`: rows that
    arrive late, by table.
    """

    stock: Array
    recent_sales: Array
    trust: Array
    posts: Array
    complaints: Array
    bought: Array
    memory: AgentMemory
    promotion: dict[tuple[int, int], int] = field(default_factory=dict)
    next_id: dict[str, int] = field(default_factory=dict)
    agenda: Agenda = field(default_factory=Agenda)
    lines: list[Columns] = field(default_factory=list)
    visits: list[Columns] = field(default_factory=list)
    messages: list[pa.Table] = field(default_factory=list)
    offers: list[Offers] = field(default_factory=list)
    personal: list[tuple[int, str, str]] = field(default_factory=list)
    events: list[tuple[str, str, np.datetime64, np.datetime64 | None, int]] = field(default_factory=list)
    backlog: dict[str, list[pa.Table]] = field(default_factory=dict)

    def note(self, day: np.datetime64, kind: str, entity: str, count: int) -> None:
        """Keep an event of a day for the truth: its `kind`, its `entity` and a `count`; zero is not kept."""
        if count:
            self.events.append((kind, entity, day, day, count))

    def number(self, kind: str, count: int) -> Array:
        """The next `count` ids of a kind."""
        start = self.next_id.get(kind, 1)
        self.next_id[kind] = start + count
        return np.arange(start, start + count)


class World:
    """One platform with a known truth: the same arguments always give the same platform.

    It is drawn from `seed` in the size of `scale`. Its people act in more ways than taste, price and quality where it
    `is_lively`; with `voices` its customers give their opinions in these texts; with `acceptance` its agents would post
    that share (0-1) of what their personas permit, whatever the seed draws.
    """

    def __init__(
        self,
        seed: int,
        scale: Scale,
        is_lively: bool = False,
        voices: Voices | None = None,
        acceptance: float | None = None,
    ) -> None:
        self.seed, self.scale, self.is_lively, self.voices = seed, scale, is_lively, voices
        ways = lively_ways(generator(seed, 4)) if is_lively else PLAIN
        self.ways = ways if acceptance is None else replace(ways, acceptance=acceptance)
        self.catalogue: PlatformCatalogue = draw_catalogue(generator(seed, 0), scale)
        self.people: People = draw_people(generator(seed, 1), scale, self.catalogue)
        self.first_day = np.datetime64(scale.first_day, "D")
        agents, groups = self.people.agents, len(self.people.group_agent)
        self.state = PlatformState(
            stock=self.catalogue.restock_level.copy(),
            recent_sales=generator(seed, 3).gamma(0.5, 2.0, scale.skus) * np.exp(self.catalogue.attraction),
            trust=np.ones(len(self.people.customers.name)),
            posts=np.full((scale.agents, int(agents.slots.max())), -1, dtype=np.int64),
            complaints=np.zeros((groups, scale.skus) if is_lively else (0, 0), dtype=np.float32),
            bought=np.zeros(0, dtype=np.int64),
            memory=blank_memory(scale.agents if self.ways.refuse else 0, scale.skus),
        )

    @cached_property
    def habit(self) -> Array:
        """Agents × SKUs: lasting preference of an agent for posting a SKU, whatever its quality."""
        drawn = generator(self.seed, 2).normal(size=(self.scale.agents, self.scale.skus))
        return np.asarray(0.8 * drawn, dtype=np.float32)

    @cached_property
    def is_habitual(self) -> Array:
        """Say which customers buy again what they bought before, out of habit."""
        return generator(self.seed, 5).random(len(self.people.customers.name)) < self.ways.habit_share

    @cached_property
    def tempers(self) -> Tempers:
        """What agents want beyond their personas."""
        return draw_tempers(generator(self.seed, 6), self.people.agents, self.catalogue)

    @cached_property
    def allowed(self) -> Array:
        """Agents × SKUs: what the hard rules of the personas allow."""
        return may_sell(self.people.agents, self.catalogue)

    @cached_property
    def pull(self) -> Array:
        """Return agents × SKUs: how strongly the personas' wishes fit the SKUs."""
        return persona_pull(self.people.agents, self.catalogue)

    @cached_property
    def readiness(self) -> float:
        """The log odds that bring the acceptance of what personas permit to that of the world's ways."""
        leaning = lasting_grounds(self.tempers, self.people.agents, self.catalogue, self.first_day)
        return readiness_for(self.ways.acceptance, self.tempers, leaning, self.allowed)

    def rng(self, day: np.datetime64, purpose: int) -> np.random.Generator:
        """Return the random stream of a `day` and a `purpose`."""
        return generator(self.seed, 10 + purpose, day_number(day))

    def restock(self, day: np.datetime64) -> None:
        """Bring SKUs back to their stock level twice a week at the close of a day, end-of-line SKUs excepted."""
        weekday = (day_number(day) + np.arange(len(self.catalogue))) % 7
        due = np.isin(weekday, (0, 3)) & ~self.catalogue.is_clearance
        self.state.stock = np.where(due, np.maximum(self.state.stock, self.catalogue.restock_level), self.state.stock)

    def announced_on(self) -> Array:
        """The day on which each SKU enters the exports: a few days before its launch; one in six a day after it."""
        lead = np.where(np.arange(len(self.catalogue)) % 6 == 5, -1, 3) * DAY
        return np.maximum(self.catalogue.launched_on - lead, self.first_day)
