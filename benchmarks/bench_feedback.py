"""Measures the reading of demo platforms' chat against their planted truth: `python -m benchmarks.bench_feedback`.

One first night over the whole history of each seed: kind, target by way of finding it and by kind of reference,
satisfaction, trust, complaints against the lines truly regretted, and messages a CPU-second from raw message to
mention. Demo groups speak in phrases that come again, so the figures flatter a model that learns on site.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from xuanpin.models.text.redaction import redact_texts
from xuanpin.pipelines.context import Home, Night, RunRequest
from xuanpin.pipelines.demo.run import morning_after
from xuanpin.pipelines.demo.scale import DEMO, LAST_HISTORY_DAY
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.truth import line_truth, message_truth
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.feedback.step import feedback
from xuanpin.pipelines.history.stage import stage
from xuanpin.pipelines.ingest.privacy import sorted_names
from xuanpin.pipelines.ingest.step import ingest
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.engine import EngineSettings

ONE_THREAD = Settings(engine=EngineSettings(threads=1))
TRIES = 4
_MENTIONS = """
select
    m.message_id, m.kind, m.sku_id, m.satisfaction, m.attribution, w.trust_weight,
    t.kind as true_kind, t.reference, t.is_fake, t.satisfaction as true_satisfaction, t.true_skus,
    coalesce(list_contains(t.true_skus, m.sku_id), false) as is_right
from history.mentions as m
inner join (
    select
        message_id, min(kind) as kind, min(reference) as reference, bool_or(is_fake) as is_fake,
        list(sku_id) as true_skus,
        case when min(satisfaction) = max(satisfaction) then min(satisfaction) end as satisfaction
    from night.message_truth
    group by message_id
) as t on m.message_id = t.message_id
left join night.int_window_mentions as w on m.message_id = w.message_id and m.sku_id is not distinct from w.sku_id
where m.sender_role = 'customer'
"""
_LINES = """
select t.is_regretted, t.is_returned, c.order_line_id is not null as is_complained, t.said_at <= $until as has_spoken
from night.line_truth as t
left join night.int_complaints as c on t.order_line_id = c.order_line_id
where t.delivered_at <= $until
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    parser.add_argument("--lines", type=int, default=DEMO.order_lines)
    asked = parser.parse_args()
    rows = [one_seed(seed, asked.lines) for seed in asked.seeds]
    table = pd.DataFrame(rows, index=pd.Index(asked.seeds, name="seed")).T
    table["mean"] = table.mean(axis=1)
    print(table.to_string(float_format=lambda value: f"{value:.3f}" if abs(value) < 10 else f"{value:.0f}"))


def one_seed(seed: int, order_lines: int) -> dict[str, float]:
    """Every figure of one platform."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(seed, replace(DEMO, order_lines=order_lines))
        sources, day = Path(folder) / "sources", LAST_HISTORY_DAY
        write_history(world, sources, days=DEMO.days)
        with open_night(RunRequest(day, Home(Path(folder)), sources, ONE_THREAD, morning_after(day))) as night:
            ingest(night)
            stage(night)
            figures = measure_speed(night)
            night.engine.store("night.message_truth", message_truth(world))
            night.engine.store("night.line_truth", line_truth(world))
            return figures | measure_mentions(night) | measure_complaints(night)


def measure_speed(night: Night) -> dict[str, float]:
    """The first night reads, learns and reads again; then every day is read anew by the model in force.

    All in CPU seconds on one thread, so that other work on the machine counts less. The chain is redaction, of the
    texts as stored, and the whole step from stored message to evidence.
    """
    first = cpu_seconds(lambda: feedback(night))
    texts = night.engine.query("select text from source.chat_messages")["text"]
    names = sorted_names(night.engine)
    redaction = min(cpu_seconds(lambda: redact_texts(texts, names)) for _ in range(TRIES))
    reading = min(cpu_seconds(lambda: read_anew(night)) for _ in range(TRIES))
    return {
        "first night, CPU-s": first,
        "redacted a CPU-second": len(texts) / redaction,
        "raw message to mention, a CPU-second": len(texts) / (redaction + reading),
        "nothing new, CPU-s": cpu_seconds(lambda: feedback(night)),
        "messages": len(texts),
    }


def read_anew(night: Night) -> None:
    night.engine.execute("delete from history.mention_days")
    feedback(night)


def cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def measure_mentions(night: Night) -> dict[str, float]:
    """Kind, target, satisfaction and trust of customers' messages; a target is right if the message speaks of it."""
    rows = night.engine.query(_MENTIONS).to_pandas()
    opinions = rows[(rows.true_kind == "feedback") & ~rows.is_fake]
    figures = {"feedback read as such": float(np.mean(opinions.kind == "feedback"))}
    figures["read as feedback and is"] = float(np.mean(rows.true_kind[rows.kind == "feedback"] == "feedback"))
    for way in ("card", "reply", "title", "own_order"):
        figures[f"precision by {way}"] = float(rows.is_right[rows.attribution == way].mean())
    own = opinions[opinions.attribution == "own_order"]
    figures["precision by own_order, opinions"] = float(own.is_right.mean())
    named = opinions.explode("true_skus")
    named["is_found"] = named.true_skus == named.sku_id
    found = named.groupby(["message_id", "true_skus"]).agg({"is_found": "max", "reference": "first"})
    for reference, part in found.groupby("reference"):
        figures[f"recall of {reference}, opinions"] = float(part.is_found.mean())
    clear = opinions[opinions.true_satisfaction.isin([0.0, 1.0]) & opinions.satisfaction.notna()]
    figures["satisfaction AUC"] = float(roc_auc_score(clear.true_satisfaction > 0.5, clear.satisfaction))
    figures["trust in fake praise"] = float(rows.trust_weight[rows.is_fake].mean())
    figures["trust in opinions"] = float(opinions.trust_weight[opinions.kind == "feedback"].mean())
    return figures


def measure_complaints(night: Night) -> dict[str, float]:
    """Complaints against truly regretted lines; complaint-only ones are voiced in the groups and never returned."""
    until = f"{night.as_of_date} 23:59:59"
    lines = night.engine.query(_LINES.replace("$until", f"timestamp '{until}'")).to_pandas()
    voiced = lines[lines.is_regretted & lines.has_spoken]
    return {
        "complaints": float(lines.is_complained.sum()),
        "complaints: precision": float(lines.is_regretted[lines.is_complained].mean()),
        "complaints: recall of voiced regrets": float(voiced.is_complained.mean()),
        "complaints: recall, complaint-only": float(voiced.is_complained[~voiced.is_returned].mean()),
        "complaints per good line": float(lines.is_complained[~lines.is_regretted].mean()),
    }


if __name__ == "__main__":
    main()
