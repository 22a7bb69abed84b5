"""Outcomes of a purchase: shipping, faults and their causes, returns, complaints, praise and lost trust."""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.lively import LEAST_TRUST, prices, schedule_hearsay
from xuanpin.pipelines.demo.people import BAD_CARRIER, CARRIER_DAYS, CARRIER_SHARES, CARRIERS
from xuanpin.pipelines.demo.refusing import schedule_disappointment
from xuanpin.pipelines.demo.world import Columns, World, take

CAUSES = ("none", "sku", "supplier", "agent", "logistics", "misfit", "customer")
STATUSES = ("paid", "shipped", "delivered", "cancelled")
REASONS = ("quality", "not_as_described", "damaged", "spoiled", "wrong_size", "late", "changed_mind", "other")
FAULT_REASONS = {  # shares of quality, not_as_described, damaged, spoiled by cause; spoiled only for cold chain
    "sku": (0.60, 0.25, 0.05, 0.10), "supplier": (0.70, 0.15, 0.05, 0.10), "agent": (0.05, 0.95, 0.0, 0.0),
    "logistics": (0.05, 0.0, 0.75, 0.20), "misfit": (0.15, 0.85, 0.0, 0.0), "customer": (0.60, 0.30, 0.10, 0.0),
}  # fmt: skip
CANCELLED, LONGEST_DELAY_DAYS = 0.03, 150.0
BAD_CARRIER_DAMAGE, CARRIER_DAMAGE = 0.22, 0.012
MISFIT_REGRET, SERIAL_REGRET = 0.20, 0.25
TRUST_LOST, TRUST_GAINED, MOST_TRUST = 0.80, 1.02, 1.25


def fit_of(suits: Array) -> Array:
    """Closeness of a match in (0, 1) from how well the SKU suits the customer."""
    fit: Array = 1.0 / (1.0 + np.exp(-0.9 * suits))
    return fit


def regret_chances(world: World, lines: Columns) -> Array:
    """Lines × causes (without none): the true probability that each cause makes the customer regret the line."""
    catalogue, sku, day = world.catalogue, lines["sku"], lines["ordered_at"].astype("datetime64[D]")
    serial = world.people.customers.is_serial_returner[lines["customer"]]
    return np.stack([
        catalogue.sku_fault(sku, day),
        catalogue.supplier_fault(sku, day),
        world.people.agents.overpromise[lines["agent"]],
        np.where(lines["carrier"] == BAD_CARRIER, BAD_CARRIER_DAMAGE, CARRIER_DAMAGE),
        MISFIT_REGRET * (1.0 - fit_of(lines["suits"])) ** 2,
        SERIAL_REGRET * serial,
    ], axis=1)  # fmt: skip


def decide_fates(world: World, day: np.datetime64, purchases: Columns) -> Columns:
    """Return the purchases of `day` as order lines with their later outcomes, which the platform does not know yet."""
    rng, n = world.rng(day, 3), len(purchases["sku"])
    lines = dict(purchases)
    lines["line"] = world.state.number("line", n)
    _, order = np.unique(purchases["visit"], return_inverse=True)
    lines["order"] = world.state.number("order", int(order.max()) + 1 if n else 0)[order]
    lines["price"] = prices(world, day)[lines["sku"]]
    own = world.people.agents.carrier[lines["agent"]]
    lines["carrier"] = np.where(rng.random(n) < 0.6, own, rng.choice(len(CARRIERS), n, p=CARRIER_SHARES))
    _ship(rng, lines)
    chances = regret_chances(world, lines)
    lines["regret_chance"] = 1.0 - np.prod(1.0 - chances, axis=1)
    hit = (rng.random(chances.shape) < chances) & ~lines["is_cancelled"][:, None]
    lines["cause"] = np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 0)
    _return(world, rng, lines)
    _speak(rng, lines)
    return lines


def _ship(rng: np.random.Generator, lines: Columns) -> None:
    n = len(lines["sku"])
    lines["is_cancelled"] = rng.random(n) < CANCELLED
    lines["cancelled_at"] = lines["ordered_at"] + _seconds(rng.uniform(0.02, 0.6, n))
    lines["shipped_at"] = lines["ordered_at"] + _seconds(rng.uniform(0.3, 1.6, n))
    slow = 1.0 + 1.2 * (lines["carrier"] == BAD_CARRIER)
    transit = CARRIER_DAYS[lines["carrier"]] * slow * rng.gamma(9.0, 1.0 / 9.0, n)
    lines["delivered_at"] = _by_day(lines["shipped_at"] + _seconds(transit))


def _return(world: World, rng: np.random.Generator, lines: Columns) -> None:
    """Decide who returns, when and with which reason; late arrival and misfit make people return without regret."""
    catalogue, sku, n = world.catalogue, lines["sku"], len(lines["sku"])
    alive, regretted = ~lines["is_cancelled"], lines["cause"] > 0
    lines["is_regretted"] = regretted
    fault = regretted & (rng.random(n) < catalogue.field("returned")[sku])
    fit = fit_of(lines["suits"])
    serial = world.people.customers.is_serial_returner[lines["customer"]]
    change = catalogue.field("changed_mind")[sku] * (1.7 - 1.3 * fit) + 0.4 * serial
    plain = alive & ~regretted & (rng.random(n) < np.minimum(change, 0.9))
    lines["is_returned"] = fault | plain
    late = (lines["carrier"] == BAD_CARRIER) & (rng.random(n) < 0.3)
    sized = np.isin(catalogue.category[sku], [i for i, c in enumerate(catalogue.categories) if c.domain == "服装"])
    plain_reason = np.where(late, 5, np.where(sized & (rng.random(n) < 0.55), 4, np.where(rng.random(n) < 0.88, 6, 7)))
    lines["reason"] = np.where(
        fault, _fault_reasons(rng, lines["cause"], catalogue.field("is_cold_chain")[sku]), plain_reason
    )
    delay = np.exp(np.log(catalogue.field("delay")[sku]) + 1.05 * rng.normal(size=n)) * np.where(fault, 0.85, 1.1)
    lines["requested_at"] = lines["delivered_at"] + _seconds(np.clip(delay, 0.08, LONGEST_DELAY_DAYS))
    part = (lines["quantity"] > 1) & (rng.random(n) < 0.4)
    lines["returned_quantity"] = np.where(part, 1, lines["quantity"])
    kept_happy = 1.0 / (1.0 + np.exp(-(catalogue.happy[sku] + 2.0 * (fit - 0.5))))
    lines["happy_chance"] = kept_happy
    lines["is_satisfied"] = alive & ~regretted & ~plain & (rng.random(n) < kept_happy)


def _fault_reasons(rng: np.random.Generator, cause: Array, is_cold: Array) -> Array:
    shares = np.array([(1.0, 0.0, 0.0, 0.0), *(FAULT_REASONS[name] for name in CAUSES[1:])])[cause]
    shares = shares * np.where(is_cold[:, None], (1, 1, 1, 4), (1, 1, 1, 0))
    edges = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    return np.asarray(np.minimum((rng.random(len(cause))[:, None] > edges).sum(axis=1), 3))


def _speak(rng: np.random.Generator, lines: Columns) -> None:
    """Decide who writes what in the group: every regret that is not returned is a complaint, others write at times."""
    n = len(lines["sku"])
    regretted, returned = lines["is_regretted"], lines["is_returned"]
    complains = regretted & (~returned | (rng.random(n) < 0.45))
    praises = lines["is_satisfied"] & (rng.random(n) < 0.34)
    other = ~regretted & ~lines["is_satisfied"] & ~lines["is_cancelled"]
    mutters = other & (rng.random(n) < 0.10)
    lines["speech"] = np.where(complains, 0.0, np.where(praises, 1.0, np.where(mutters, 0.5, np.nan)))
    wait = np.minimum(rng.exponential(np.where(complains, 1.2, 3.0), n), 30.0)
    lines["said_at"] = _by_day(lines["delivered_at"] + _seconds(wait + 0.02))
    lines["felt_at"] = np.where(regretted, lines["delivered_at"], lines["said_at"])


def order_versions(lines: Columns) -> list[Columns]:
    """Every version of the order lines, by `updated_at`: paid, then shipped and delivered, or cancelled."""
    n, second, never = len(lines["sku"]), np.timedelta64(1, "s"), np.datetime64("NaT", "s")
    shown = ("line", "order", "sku", "agent", "group", "customer", "quantity", "price", "carrier", "ordered_at")
    base = {name: lines[name] for name in shown}
    gone = lines["is_cancelled"]
    steps = (
        (np.ones(n, dtype=bool), lines["ordered_at"] + second),
        (~gone, lines["shipped_at"]),
        (~gone, lines["delivered_at"] + 40 * second),
        (gone, lines["cancelled_at"]),
    )
    versions = []
    for status, (reached, at) in enumerate(steps):
        is_moving, is_there = status in (1, 2), status == 2
        version = {
            **base, "status": np.full(n, status), "carrier": base["carrier"] if is_moving else np.full(n, -1),
            "delivered_at": lines["delivered_at"] if is_there else np.full(n, never), "updated_at": at,
        }  # fmt: skip
        versions.append(take(version, reached))
    return versions


def return_versions(world: World, lines: Columns) -> list[Columns]:
    """Both versions of the returns of the lines: asked for, and refunded some hours to days later."""
    lines = take(lines, lines["is_returned"])
    number = world.state.number("return", len(lines["sku"]))
    asked = {
        "return": number, "line": lines["line"], "requested_at": lines["requested_at"],
        "quantity": lines["returned_quantity"], "reason": lines["reason"], "refund": np.zeros_like(number),
        "updated_at": lines["requested_at"] + np.timedelta64(5, "s"),
    }  # fmt: skip
    refunded_at = asked["requested_at"] + _seconds(0.3 + (number % 17) / 9.0)
    return [asked, {**asked, "refund": lines["price"] * lines["returned_quantity"], "updated_at": refunded_at}]


def schedule(world: World, lines: Columns) -> None:
    """Put what the platform will come to know of the lines on the agenda, and keep the truth."""
    agenda = world.state.agenda
    for version in order_versions(lines):
        agenda.add("orders", version["updated_at"], version)
    for version in return_versions(world, lines):
        agenda.add("returns", version["updated_at"], version)
    spoken = ~np.isnan(lines["speech"])
    agenda.add("speech", lines["said_at"][spoken], take(lines, spoken))
    moved = lines["is_regretted"] | lines["is_satisfied"]
    feeling = {"customer": lines["customer"], "is_regretted": lines["is_regretted"]}
    agenda.add("feeling", lines["felt_at"][moved], take(feeling, moved))
    schedule_hearsay(world, lines)
    schedule_disappointment(world, lines)
    world.state.lines.append(lines)


def update_trust(world: World, day: np.datetime64) -> None:
    """Lower the trust of customers who regret a SKU on `day`, raise that of content ones; trust recovers slowly."""
    trust = world.state.trust + 0.006 * (1.0 - world.state.trust)
    felt = world.state.agenda.due("feeling", day)
    if felt:
        size = len(trust)
        bad = np.bincount(felt["customer"][felt["is_regretted"]], minlength=size)
        good = np.bincount(felt["customer"][~felt["is_regretted"]], minlength=size)
        trust = trust * TRUST_LOST**bad * TRUST_GAINED**good
    world.state.trust = np.clip(trust, LEAST_TRUST, MOST_TRUST)


def _by_day(moments: Array) -> Array:
    """Moments before seven in the morning move seven hours on: nothing is delivered or written at night."""
    midnight = moments.astype("datetime64[D]").astype("datetime64[s]")
    is_night = (moments - midnight).astype(np.int64) < 7 * 3600
    return np.asarray(moments + np.where(is_night, 7 * 3600, 0).astype("timedelta64[s]"))


def _seconds(days: Array) -> Array:
    return np.asarray(np.round(days * 86400.0).astype(np.int64).astype("timedelta64[s]"))
