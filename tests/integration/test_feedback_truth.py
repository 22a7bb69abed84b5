"""On a small platform whose truth is planted: what the reading finds again, and what paid praise achieves."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.support.platform_rows import LAST_DAY
from tests.support.scoring_world import score
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.demo.run import morning_after
from xuanpin.pipelines.demo.scale import Scale
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.truth import line_truth, message_truth, sku_truth
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.feedback.step import feedback
from xuanpin.pipelines.history.load_history import load_history
from xuanpin.pipelines.history.stage import stage
from xuanpin.pipelines.ingest.step import ingest
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

SMALL = Scale(agents=12, skus=90, days=50, order_lines=5_000)
PRAISE = (
    "{}收到了，质量特别好，强烈推荐大家买",
    "买了{}，全家都喜欢，非常满意",
    "{}真的太好了，已经回购三次",
    "{}很棒，值得买",
)


@dataclass(frozen=True)
class Reading:
    """What one night made of the chat."""

    mentions: pd.DataFrame
    complained: set[str]
    scores: pd.DataFrame


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    """A small world, and a home in which its history is staged."""
    root = tmp_path_factory.mktemp("talk")
    world = World(seed=5, scale=SMALL)
    write_history(world, root / "sources")
    with open_night(run_request(root / "home", root / "sources")) as night:
        ingest(night)
        load_history(night)
        stage(night)
    return world, root


@pytest.fixture(scope="module")
def honest(world: tuple[World, Path], tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return read(world[1], tmp_path_factory.mktemp("honest") / "home")


def run_request(home: Path, sources: Path | None = None) -> RunRequest:
    return RunRequest(LAST_DAY, Home(home), sources, Settings(), morning_after(LAST_DAY))


def read(root: Path, home: Path, fakes: Sequence[Any] = ()) -> Reading:
    """One night in a copy of the home, with some more messages known since the last day."""
    shutil.copytree(root / "home", home)
    with open_night(run_request(home)) as night:
        if fakes:
            columns = night.engine.query("select * from source.chat_messages limit 0").schema
            night.engine.append("source.chat_messages", pa.Table.from_pylist(list(fakes), columns))
        feedback(night)
        score(night)
        return Reading(
            night.engine.query("select * from history.mentions where sender_role = 'customer'").to_pandas(),
            set(night.engine.read("night.int_complaints")["order_line_id"].to_pylist()),
            night.engine.read("night.sku_scores").to_pandas().set_index("sku_id"),
        )


def truths(world: World) -> pd.DataFrame:
    """What customers' messages speak of, one row a message and good."""
    truth = message_truth(world).to_pandas()
    found: pd.DataFrame = truth[truth.kind.isin(["feedback", "question", "order"]) & truth.sku_id.notna()]
    return found


def test_goods_are_found_again_and_guesses_abstain(world: tuple[World, Path], honest: Reading) -> None:
    truth = truths(world[0])
    spoken_of = truth.groupby("message_id").sku_id.agg(set)
    found = honest.mentions[honest.mentions.message_id.isin(spoken_of.index)]
    right = pd.Series([sku in spoken_of[key] for key, sku in zip(found.message_id, found.sku_id, strict=True)])
    precision = right.groupby(found.attribution.to_numpy()).mean()
    assert precision["card"] >= 0.97 and precision["reply"] >= 0.97 and precision["title"] >= 0.9
    opinions = truth[(truth.kind == "feedback") & ~truth.is_fake]
    pairs = set(zip(found.message_id, found.sku_id, strict=True))
    hit = pd.Series([pair in pairs for pair in zip(opinions.message_id, opinions.sku_id, strict=True)])
    recall = hit.groupby(opinions.reference.to_numpy()).mean()
    assert recall["card"] >= 0.97 and recall["reply"] >= 0.9 and recall["title"] >= 0.85
    assert recall["own_order"] >= 0.5, "without a name only a line that was delivered last can be meant"


def test_complaints_are_of_regretted_lines(world: tuple[World, Path], honest: Reading) -> None:
    lines = line_truth(world[0]).to_pandas().set_index("order_line_id")
    regretted = lines.is_regretted
    assert np.mean([regretted[line] for line in honest.complained]) >= 0.7, "three times the share of all lines or more"
    voiced = lines.index[regretted & (lines.said_at <= pd.Timestamp(LAST_DAY))]
    assert np.mean([line in honest.complained for line in voiced]) >= 0.3


def test_one_message_in_ten_of_planted_praise_lifts_no_landmine_over_the_gate(
    world: tuple[World, Path], honest: Reading, tmp_path: Path
) -> None:
    demo, root = world
    truth = sku_truth(demo, np.datetime64(LAST_DAY)).to_pandas().set_index("sku_id")
    bad = [sku for sku in truth.index[truth.is_landmine] if sku in honest.scores.index]
    said = honest.mentions[honest.mentions.kind == "feedback"]
    groups = sorted(said.group_id.unique())
    titles = honest.scores.title
    fakes = [
        {
            "message_id": f"F{number:05d}", "group_id": groups[number % len(groups)], "sender_id": f"U9{number:05d}",
            "sender_role": "customer", "text": PRAISE[number % 4].format(titles[bad[number % len(bad)]].split()[0]),
            "sent_at": pd.Timestamp(LAST_DAY) + pd.Timedelta(hours=9, seconds=20 * number),
            "sku_id": bad[number % len(bad)] if number % 3 else None,
            "known_on": LAST_DAY, "row_hash": f"F{number:05d}", "drop_seq": 99,
        }
        for number in range(len(said) // 10 + 1)
    ]  # fmt: skip
    praised = read(root, tmp_path / "home", fakes)
    assert len(bad) >= 3 and honest.scores.is_gated[bad].any()
    heard = praised.mentions[praised.mentions.message_id.str.startswith("F") & praised.mentions.sku_id.isin(bad)]
    assert len(heard) > len(fakes) / 2, "most of the praise was understood, and on the SKUs that it praises"
    freed = honest.scores.is_gated[bad] & ~praised.scores.is_gated[bad]
    assert not freed.any(), f"gated before, free after the praise: {list(freed.index[freed])[:3]}"
    fall = honest.scores.landmine_probability[bad] - praised.scores.landmine_probability[bad]
    assert fall.max() <= 0.03
