"""Writes the true values of a demo platform, for tests and measurements only: beside the sources, never in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.catalogue import NEVER
from xuanpin.pipelines.demo.outcomes import CAUSES, REASONS
from xuanpin.pipelines.demo.people import BAD_CARRIER, CARRIERS
from xuanpin.pipelines.demo.rows import dates, ids, moments, words
from xuanpin.pipelines.demo.world import Columns, World, concatenate

CEILING_RATIO = 2.0
SHRINK_LINES = 20.0


def override_rows(world: World, day: np.datetime64) -> pa.Table:
    """Return the overrides of `day`: a pin and a ban mid-history, and again in the last week, then not approved."""
    middle, last = world.first_day + world.scale.days // 2, world.first_day + world.scale.days - 4
    plan = ["pin", "ban"] if day in (middle, last) else []
    fresh = np.flatnonzero(world.catalogue.is_sellable(day) & (world.catalogue.fault < 0.08))
    worst, later = np.argsort(-world.catalogue.fault, kind="stable"), int(day == last)
    sku = [int(fresh[later]) if action == "pin" else int(worst[later]) for action in plan]
    count = len(plan)
    return pa.table({
        "override_id": pa.array([f"V{day}-{i}" for i in range(count)], pa.string()),
        "sku_id": ids("S", np.array(sku, np.int64)),
        "action": pa.array(plan, pa.string()), "starts_on": pa.array(np.full(count, day)),
        "ends_on": pa.array(np.full(count, day + 14)),
        "reason": pa.array(["主推新品" if action == "pin" else "群里投诉集中" for action in plan], pa.string()),
        "author": pa.array(["运营小陈"] * count, pa.string()),
        "approved_by": pa.array([None if later else "运营主管"] * count, pa.string()),
        "created_at": moments(day, np.full(count, 36_000)),
    })  # fmt: skip


def sku_truth(world: World, day: np.datetime64) -> pa.Table:
    """True rates of every SKU for units shipped on `day`, per delivered line, with its category's mean and ceiling.

    The share of misfit, courier and customer faults is that of the SKU's own lines, shrunk to its category; the
    SKU's and the supplier's faults are those of the day. The category mean is over all delivered lines so far.
    """
    catalogue, n = world.catalogue, len(world.catalogue)
    lines = _delivered(world)
    sku, days = np.arange(n), np.full(n, day)
    own = 1.0 - (1.0 - catalogue.sku_fault(sku, days)) * (1.0 - catalogue.supplier_fault(sku, days))
    shipped = lines["ordered_at"].astype("datetime64[D]")
    line_own = 1.0 - (1.0 - catalogue.sku_fault(lines["sku"], shipped)) * (
        1.0 - catalogue.supplier_fault(lines["sku"], shipped)
    )
    other = _shrunk(world, lines, 1.0 - (1.0 - lines["regret_chance"]) / (1.0 - line_own))
    regret = 1.0 - (1.0 - own) * (1.0 - other)
    plain = _shrunk(world, lines, (lines["is_returned"] & ~lines["is_regretted"]) / (1.0 - lines["regret_chance"]))
    happy = _shrunk(world, lines, lines["happy_chance"])
    category = catalogue.category[lines["sku"]]
    count = np.bincount(category, minlength=len(catalogue.categories))
    mean = np.bincount(category, lines["regret_chance"], len(catalogue.categories)) / np.maximum(count, 1)
    ceiling = CEILING_RATIO * mean[catalogue.category]
    return pa.table({
        "sku_id": ids("S", sku), "regret_rate": regret, "fault_rate": own,
        "return_rate": regret * catalogue.field("returned") + (1.0 - regret) * plain,
        "happy_if_kept": happy, "satisfaction": (1.0 - regret) * (1.0 - plain) * happy,
        "category_regret_rate": mean[catalogue.category], "landmine_ceiling": ceiling, "is_landmine": regret > ceiling,
        "attraction": catalogue.attraction, "bad_from": dates(catalogue.bad_from),
    })  # fmt: skip


def _delivered(world: World) -> Columns:
    lines = concatenate(world.state.lines)
    return {name: values[~lines["is_cancelled"]] for name, values in lines.items()}


def _shrunk(world: World, lines: Columns, chance: Array) -> Array:
    """Mean of a chance over the lines of each SKU, drawn to the mean of its category by SHRINK_LINES lines."""
    catalogue = world.catalogue
    size, leaf = len(catalogue.categories), catalogue.category[lines["sku"]]
    overall = float(chance.mean()) if len(chance) else 0.0
    mean = (np.bincount(leaf, chance, size) + SHRINK_LINES * overall) / (
        np.bincount(leaf, minlength=size) + SHRINK_LINES
    )
    total, count = (
        np.bincount(lines["sku"], chance, len(catalogue)),
        np.bincount(lines["sku"], minlength=len(catalogue)),
    )
    result: Array = (total + SHRINK_LINES * mean[catalogue.category]) / (count + SHRINK_LINES)
    return result


def line_truth(world: World) -> pa.Table:
    """The outcome of every order line, also of those not exported yet."""
    lines = concatenate(world.state.lines)
    returned = lines["is_returned"]
    missing = np.datetime64("NaT", "s")
    return pa.table({
        "order_line_id": ids("L", lines["line"]), "sku_id": ids("S", lines["sku"]),
        "agent_id": ids("A", lines["agent"]),
        "customer_id": ids("C", lines["customer"]), "ordered_at": lines["ordered_at"],
        "is_cancelled": lines["is_cancelled"],
        "delivered_at": np.where(lines["is_cancelled"], missing, lines["delivered_at"]),
        "regret_chance": lines["regret_chance"], "is_regretted": lines["is_regretted"],
        "is_satisfied": lines["is_satisfied"],
        "is_returned": returned, "requested_at": np.where(returned, lines["requested_at"], missing),
        "reason_code": words(REASONS, np.where(returned, lines["reason"], -1)), "cause": words(CAUSES, lines["cause"]),
        "said_at": np.where(np.isnan(lines["speech"]), missing, lines["said_at"]),
    })  # fmt: skip


def message_truth(world: World) -> pa.Table:
    """What each message truly is: kind, SKU, satisfaction (0 bad, 0.5 neither, 1 good), reference, whether fake."""
    table = pa.concat_tables(world.state.messages, promote_options="permissive")
    return pa.table({
        "message_id": ids("M", table["message"].to_numpy()), "kind": table["kind"],
        "sku_id": ids("S", table["sku"].to_numpy()),
        "satisfaction": table["satisfaction"].cast(pa.float64()), "reference": table["reference"],
        "is_fake": table["is_fake"], "order_line_id": ids("L", table["line"].to_numpy()),
    })  # fmt: skip


def personal_truth(world: World) -> pa.Table:
    """Every piece of planted personal data: message, kind (phone, address, wechat, idcard, person, name), words."""
    numbers, kinds, values = zip(*world.state.personal, strict=True) if world.state.personal else ((), (), ())
    return pa.table({
        "message_id": ids("M", np.array(numbers, dtype=np.int64)), "kind": pa.array(kinds, pa.string()),
        "value": pa.array(values, pa.string()),
    })  # fmt: skip


def events_truth(world: World) -> pa.Table:
    """Planted events: bad batches, the bad courier, serial returners, fake praise, and faulty rows in the drops."""
    catalogue, people = world.catalogue, world.people
    batch, serial, loud = catalogue.suppliers, people.customers.is_serial_returner, people.agents.overpromise
    planted: list[tuple[str, str, np.datetime64, np.datetime64 | None, int]] = [
        *(("bad_batch", f"S{s:05d}", catalogue.bad_from[s], None, 1)
          for s in np.flatnonzero(catalogue.bad_from < NEVER)),
        *(("bad_supplier_batch", f"V{v:04d}", batch.batch_from[v], batch.batch_until[v], 1)
          for v in np.flatnonzero(batch.batch_from < NEVER)),
        ("bad_carrier", CARRIERS[BAD_CARRIER], world.first_day, None, 1),
        *(("serial_returner", f"C{c:06d}", world.first_day, None, 1) for c in np.flatnonzero(serial)),
        *(("overpromising_agent", f"A{a:05d}", world.first_day, None, 1) for a in np.flatnonzero(loud)),
    ]  # fmt: skip
    kind, entity, since, until, count = zip(*planted, *world.state.events, strict=True)
    ends = np.array([NEVER if day is None else day for day in until], dtype="datetime64[D]")
    return pa.table({
        "event": kind, "entity_id": entity, "since_on": pa.array(np.array(since, dtype="datetime64[D]")),
        "until_on": dates(ends), "count": pa.array(count, pa.int64()),
    })  # fmt: skip


def write_truth(world: World, sources: Path) -> None:
    """Write the truth tables as Parquet to the folder `truth` beside the sources folder, as of the last day lived."""
    folder = sources.parent / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    last = world.state.visits[-1]["day"].max() if len(world.state.visits[-1]["day"]) else world.first_day
    tables = {
        "sku_truth": sku_truth(world, last), "line_truth": line_truth(world), "message_truth": message_truth(world),
        "personal_truth": personal_truth(world), "events_truth": events_truth(world),
    }  # fmt: skip
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
