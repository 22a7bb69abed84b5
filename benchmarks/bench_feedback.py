"""Measures the reading of a demo platform's chat against its planted truth: `python -m benchmarks.bench_feedback`.

One night over the whole history: kind, target by way of finding it, satisfaction, trust, and messages a second of the
whole chain from stored message to mention.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from sklearn.metrics import roc_auc_score

from pipelines.demo.run import morning_after
from pipelines.demo.scale import DEMO, LAST_HISTORY_DAY
from pipelines.demo.simulate import write_history
from pipelines.demo.truth import message_truth
from pipelines.demo.world import World
from pipelines.feedback import feedback
from pipelines.ingest import ingest
from pipelines.learning import ModelShelf
from pipelines.night import Home, Night
from pipelines.nightly import Ask, open_night
from pipelines.settings import Settings
from pipelines.staging import stage

_JOINED = """
select
    m.kind, m.sku_id, m.satisfaction, m.attribution, m.trust_weight,
    t.kind as true_kind, t.sku_id as true_sku_id, t.satisfaction as true_satisfaction, t.is_fake
from night.feedback_mentions as m
inner join night.message_truth as t on m.message_id = t.message_id
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lines", type=int, default=DEMO.order_lines)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = World(asked.seed, replace(DEMO, order_lines=asked.lines))
        write_history(world, Path(folder) / "sources", days=DEMO.days)
        settings, day = Settings(), LAST_HISTORY_DAY
        ask = Ask(day, Home(Path(folder)), Path(folder) / "sources", settings, morning_after(day))
        with open_night(ask) as night:
            measure(night, message_truth(world))


def measure(night: Night, truth: pa.Table) -> None:
    """Print every figure of one night."""
    ingest(night)
    stage(night)
    started = time.process_time()
    ModelShelf(night).learn_when_due()
    print(f"learning: {time.process_time() - started:.1f} CPU-s")
    started = time.process_time()
    messages, _ = feedback(night)
    seconds = time.process_time() - started
    print(f"chain: {messages} messages in {seconds:.1f} CPU-s: {messages / seconds:.0f} a second")
    night.engine.store("night.message_truth", truth)
    rows = night.engine.query(_JOINED).to_pandas()
    print(rows.groupby(["true_kind", "kind"]).size().unstack(fill_value=0).to_string())
    opinions = rows[(rows.true_kind == "feedback") & ~rows.is_fake & rows.true_sku_id.notna()]
    for way, found in opinions.groupby("attribution"):
        right = float(np.mean(found.sku_id == found.true_sku_id))
        print(f"target by {way:<10} precision {right:.3f}, share of all {len(found) / len(opinions):.3f}")
    print(f"target recall {np.mean(opinions.sku_id == opinions.true_sku_id):.3f} of {len(opinions)} opinions")
    clear = opinions[(opinions.true_satisfaction != 0.5) & opinions.satisfaction.notna()]
    print(f"satisfaction AUC {roc_auc_score(clear.true_satisfaction > 0.5, clear.satisfaction):.3f}, n {len(clear)}")
    fake, honest = rows[rows.is_fake], opinions[opinions.kind == "feedback"]
    print(f"trust: fake praise {fake.trust_weight.mean():.3f} (n {len(fake)}), honest {honest.trust_weight.mean():.3f}")
    complaints = night.engine.read("night.int_complaints")
    print(f"complaints that count: {len(complaints)}")


if __name__ == "__main__":
    main()
