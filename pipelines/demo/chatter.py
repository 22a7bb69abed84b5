"""Writes the messages of the groups on a day, and the truth about every message."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.lively import prices
from xuanpin.pipelines.demo.outbox import Outbox, as_rows, customer_id, mention, seconds
from xuanpin.pipelines.demo.talk import Dice, dice, fill, opinion, personal
from xuanpin.pipelines.demo.voices import spoken
from xuanpin.pipelines.demo.world import Columns, World, take

QUESTIONS_PER_VISIT, ORDER_LINE_SHARE, PERSONAL_SHARE, FAKE_SHARE = 0.07, 0.22, 0.02, 0.12
PHONE_IN_COMPLAINT, CARD_IN_PROMOTION = 3, 0.7
LANDMINE_FAULT = 0.20
REFERENCES = ("card", "reply", "title", "own_order")
REFERENCE_SHARES = (0.14, 0.16, 0.35, 0.35)
POLARITY = {0.0: "neg", 0.5: "neu", 1.0: "pos"}


def chat_rows(world: World, day: np.datetime64, posts: Array, lines: Columns) -> pa.Table:
    """Return all messages of a day as export rows; their truth joins the world's.

    `posts`: agents × slots, SKU positions; `lines`: the day's order lines.
    """
    outbox = Outbox(first=world.state.next_id.get("message", 1))
    _promote(world, day, posts, outbox)
    _give_feedback(world, day, outbox)
    _ask(world, day, posts, outbox)
    _order_in_group(world, day, lines, outbox)
    _small_talk(world, day, outbox)
    _praise_falsely(world, day, posts, outbox)
    _give_addresses(world, day, lines, outbox)
    world.state.number("message", len(outbox.columns["text"]))
    names = ("message", "kind", "sku", "satisfaction", "reference", "is_fake", "line")
    if outbox.truths:
        world.state.messages.append(pa.table(dict(zip(names, zip(*outbox.truths, strict=True), strict=True))))
    return as_rows(outbox)


def _promote(world: World, day: np.datetime64, posts: Array, outbox: Outbox) -> None:
    """Agents promote each posted SKU in each of their groups, mostly with a product card."""
    rng, people, price = world.rng(day, 20), world.people, prices(world, day)
    group, slot = np.nonzero(posts[people.group_agent] >= 0)
    agent = people.group_agent[group]
    sku = posts[agent, slot]
    at = seconds(day, rng.integers(27_000, 43_000, len(group)) + slot * 2_400)
    has_card = (rng.random(len(group)) < CARD_IN_PROMOTION).tolist()
    rows = zip(group.tolist(), agent.tolist(), sku.tolist(), at, has_card, dice(rng, len(group)), strict=True)
    for g, a, s, when, card, die in rows:
        text = fill(die, "promo", title=world.catalogue.title[s], price=f"{price[s] / 100:g}")
        number = outbox.add_message(g, f"A{a:05d}", "agent", when, text, card=s if card else -1)
        outbox.add_truth(number, "promotion", s, reference="card" if card else "title")
        world.state.promotion[g, s] = number


def _give_feedback(world: World, day: np.datetime64, outbox: Outbox) -> None:
    """Customers speak about SKUs they received; two SKUs of one customer may share a message."""
    due = world.state.agenda.due("speech", day)
    if not due:
        return
    rng = world.rng(day, 21)
    due = take(due, np.lexsort((due["said_at"], due["group"], due["customer"])))
    n = len(due["sku"])
    style = rng.choice(len(REFERENCES), n, p=REFERENCE_SHARES)
    joins = np.r_[False, (due["customer"][1:] == due["customer"][:-1]) & (due["group"][1:] == due["group"][:-1])]
    for row, die in enumerate(dice(rng, n)):
        if joins[row] and not (row > 1 and joins[row - 1]):
            continue
        partner = row + 1 if row + 1 < n and joins[row + 1] and not joins[row] else None
        _add_opinion(world, outbox, die, due, row, partner, REFERENCES[style[row]])


def _add_opinion(
    world: World, outbox: Outbox, die: Dice, due: Columns, row: int, partner: int | None, reference: str
) -> None:
    sku, group, customer = int(due["sku"][row]), int(due["group"][row]), int(due["customer"][row])
    promotion = world.state.promotion.get((group, sku), -1)
    if partner is not None or (reference == "reply" and promotion < 0):
        reference = "title"
    text = _opinion_on(world, die, due, row, reference == "title")
    if partner is not None:
        text += ("。", "；", "，", " ")[die.below(4)] + _opinion_on(world, die, due, partner, True)
    found = personal(die) if due["speech"][row] == 0.0 and die.chance(PHONE_IN_COMPLAINT) else None
    text += f"，我电话{found['phone']}" if found else ""
    number = outbox.add_message(
        group, customer_id(customer), "customer", int(due["said_at"][row].astype(np.int64)), text,
        card=sku if reference == "card" else -1, reply=promotion if reference == "reply" else -1,
    )  # fmt: skip
    if found:
        world.state.personal.append((number, "phone", found["phone"]))
    for place in (row,) if partner is None else (row, partner):
        outbox.add_truth(
            number,
            "feedback",
            int(due["sku"][place]),
            float(due["speech"][place]),
            reference,
            False,
            int(due["line"][place]),
        )
    if due["speech"][row] == 0.0 and die.chance(30):
        at = int(due["said_at"][row].astype(np.int64)) + 60 + die.below(3_000)
        answer = outbox.add_message(group, f"Z{group % 9:04d}", "assistant", at, fill(die, "service"), reply=number)
        outbox.add_truth(answer, "other")


def _opinion_on(world: World, die: Dice, due: Columns, row: int, is_named: bool) -> str:
    sku = int(due["sku"][row])
    category = world.catalogue.categories[world.catalogue.category[sku]]
    reference, polarity = mention(world, die, sku) if is_named else "", POLARITY[float(due["speech"][row])]
    if world.voices and world.voices.can_say(polarity):
        return spoken(die, world.voices, category, polarity, reference)
    return opinion(die, category.domain, polarity, reference)


def _ask(world: World, day: np.datetime64, posts: Array, outbox: Outbox) -> None:
    """Customers ask about SKUs posted today, with and without a question mark; most never bought them."""
    rng, people = world.rng(day, 22), world.people
    member = np.flatnonzero(rng.random(len(people.customers.member_group)) < QUESTIONS_PER_VISIT * 0.28)
    group = people.customers.member_group[member]
    offered = posts[people.group_agent[group]]
    sku = offered[np.arange(len(member)), rng.integers(0, offered.shape[1], len(member))]
    at = seconds(day, rng.integers(29_000, 82_000, len(member)))
    rows = zip(
        group.tolist(),
        people.customers.member_customer[member].tolist(),
        sku.tolist(),
        at,
        dice(rng, len(member)),
        strict=True,
    )
    for g, c, s, when, die in rows:
        if s < 0:
            continue
        domain = world.catalogue.categories[world.catalogue.category[s]].domain
        is_named = die.chance(60)
        text = fill(die, "question", domain, ref=mention(world, die, s) if is_named else "这个")
        reply = -1 if is_named else world.state.promotion.get((g, s), -1)
        number = outbox.add_message(g, customer_id(c), "customer", when, text, reply=reply)
        outbox.add_truth(number, "question", s, reference="title" if is_named else "reply")


def _order_in_group(world: World, day: np.datetime64, lines: Columns, outbox: Outbox) -> None:
    """Some buyers put their order into the group chain (接龙), often with their nickname."""

    def order(die: Dice, row: int, name: str) -> str:
        slots = {"ref": mention(world, die, int(lines["sku"][row])), "name": name, "k": str(1 + die.below(30))}
        return fill(die, "order", q=str(lines["quantity"][row]), **slots)

    _from_lines(world, day, lines, outbox, (23, ORDER_LINE_SHARE), "order", order)


def _give_addresses(world: World, day: np.datetime64, lines: Columns, outbox: Outbox) -> None:
    """A few buyers post personal data; what was planted is kept for the tests of redaction."""

    def address(die: Dice, row: int, name: str) -> str:
        found = personal(die)
        text = fill(die, "address", **found)
        number = outbox.first + len(outbox.columns["text"])
        world.state.personal.extend((number, kind, value) for kind, value in found.items() if value in text)
        return text

    _from_lines(world, day, lines, outbox, (24, PERSONAL_SHARE), "other", address)


def _from_lines(world: World, day: np.datetime64, lines: Columns, outbox: Outbox, stream: tuple[int, float], kind: str,
                write: Callable[[Dice, int, str], str]) -> None:  # fmt: skip
    """A message for a share of today's order lines, soon after the order; `write` makes its text."""
    rng = world.rng(day, stream[0])
    chosen = np.flatnonzero(rng.random(len(lines["sku"])) < stream[1])
    for row, die in zip(chosen.tolist(), dice(rng, len(chosen)), strict=True):
        name = world.people.customers.name[lines["customer"][row]]
        text = write(die, row, name)
        at = int(lines["ordered_at"][row].astype(np.int64)) + die.below(500)
        number = outbox.add_message(int(lines["group"][row]), customer_id(lines["customer"][row]), "customer", at, text)
        if kind == "order":
            outbox.add_truth(number, kind, int(lines["sku"][row]), None, "title", False, int(lines["line"][row]))
            if name in text:
                world.state.personal.append((number, "name", name))
        else:
            outbox.add_truth(number, kind)


def _small_talk(world: World, day: np.datetime64, outbox: Outbox) -> None:
    """Greetings of customers and notices of the group's assistant."""
    rng, customers = world.rng(day, 25), world.people.customers
    member = np.flatnonzero(rng.random(len(customers.member_group)) < 0.012)
    at = seconds(day, rng.integers(24_000, 84_000, len(member)))
    for m, when, die in zip(member.tolist(), at, dice(rng, len(member)), strict=True):
        sender = customer_id(customers.member_customer[m])
        outbox.add_truth(
            outbox.add_message(int(customers.member_group[m]), sender, "customer", when, fill(die, "greeting")), "other"
        )
    group = np.flatnonzero(rng.random(len(world.people.group_agent)) < 0.15)
    at = seconds(day, rng.integers(30_000, 72_000, len(group)))
    for g, when, die in zip(group.tolist(), at, dice(rng, len(group)), strict=True):
        outbox.add_truth(outbox.add_message(g, f"Z{g % 9:04d}", "assistant", when, fill(die, "notice")), "other")


def _praise_falsely(world: World, day: np.datetime64, posts: Array, outbox: Outbox) -> None:
    """Bursts of near-identical praise for bad SKUs by fresh accounts or members who never bought them."""
    rng = world.rng(day, 26)
    real = sum(1 for truth in outbox.truths if truth[1] == "feedback" and truth[3] == 1.0)
    bad = (posts >= 0) & (world.catalogue.sku_fault(posts, np.full(posts.shape, day)) >= LANDMINE_FAULT)
    agent, slot = np.nonzero(bad)
    if len(agent) == 0:
        return
    for die in dice(rng, rng.poisson(FAKE_SHARE * real / 5.0)):
        place = die.below(len(agent))
        _burst(world, day, rng, outbox, int(agent[place]), int(posts[agent[place], slot[place]]), die)


def _burst(
    world: World, day: np.datetime64, rng: np.random.Generator, outbox: Outbox, group: int, sku: int, die: Dice
) -> None:
    people, count = world.people, 3 + die.below(5)
    members = people.customers.member_customer[people.customers.member_group == group]
    buyers = np.concatenate([lines["customer"][lines["sku"] == sku] for lines in world.state.lines] or [members[:0]])
    strangers = np.setdiff1d(members, buyers)
    text = fill(die, "fake", polarity="pos", ref=mention(world, die, sku))
    start = int(seconds(day, rng.integers(36_000, 80_000, 1))[0])
    fresh = world.state.number("account", count)
    for place in range(count):
        is_fresh = die.chance(60) or len(strangers) == 0
        sender = f"U{fresh[place]:06d}" if is_fresh else customer_id(strangers[die.below(len(strangers))])
        words = text + ("", "！", "👍", "～", "哈", "!!")[die.below(6)]
        number = outbox.add_message(
            group, sender, "customer", start + place * 55, words, card=sku if die.chance(30) else -1
        )
        outbox.add_truth(number, "feedback", sku, 1.0, "title", True)
    world.state.note(day, "fake_praise", f"S{sku:05d}", count)
