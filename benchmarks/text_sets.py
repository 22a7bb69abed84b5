"""The public text sets of the benchmarks, each found by the start of its file name and labelled in one way."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.feature_extraction.text import TfidfVectorizer

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.text.aspects import ASPECTS

POLARITIES = ("positive", "negative", "neutral")
OUR_ASPECT = {
    "整体": "quality", "使用体验": "quality", "功效": "quality", "成分": "quality", "真伪": "quality",
    "其他": "quality",
    "价格": "value", "物流": "delivery", "气味": "taste", "包装": "packaging", "服务": "service",
    "新鲜度": "freshness", "尺寸": "fit",
}  # fmt: skip
"""Categories of the cosmetics set in the glossary's words."""


def read(data: Path, start: str) -> pa.Table:
    """The one file whose name begins so; raises FileNotFoundError that names it."""
    files = sorted(data.glob(f"{start}*.parquet"))
    if not files:
        raise FileNotFoundError(f"no {start}*.parquet in {data}")
    return pq.read_table(files[0])


def shop10(data: Path) -> tuple[pa.Array, Flags]:
    table = read(data, "zh_shop10_reviews")
    return table["review"].combine_chunks(), table["label"].to_numpy() == 1


def other_corpora(data: Path) -> dict[str, tuple[list[str], Flags]]:
    """Sets that no model here was trained on: texts whose every label has one polarity."""
    found = {}
    for name, start, text, label, values in (
        ("cosmetics", "zh_zhijiang_cosmetics", "review", "polarity", ("negative", "positive")),
        ("restaurants", "zh_dianping_triplets", "sentence", "polarity", ("negative", "positive")),
        ("short chat", "zh_chat_sentiment", "text", "label", (0, 1)),
        ("car forum", "zh_car_forum", "content", "sentiment", (-1, 1)),
    ):
        if sorted(data.glob(f"{start}*.parquet")):
            found[name] = _of_one_polarity(read(data, start), text, label, values)
    return found


def _of_one_polarity(table: pa.Table, text: str, label: str, values: tuple[object, object]) -> tuple[list[str], Flags]:
    said: dict[str, set[object]] = {}
    for words, polarity in zip(table[text].to_pylist(), table[label].to_pylist(), strict=True):
        if words:
            said.setdefault(words, set()).add(polarity)
    clear = [(words, polarity) for words, (polarity, *more) in said.items() if not more and polarity in values]
    return [words for words, _ in clear], np.array([polarity == values[1] for _, polarity in clear])


def car_forum(data: Path) -> tuple[list[str], Flags]:
    """Posts, and whether any subject of the post has an opinion."""
    table = read(data, "zh_car_forum")
    voiced: dict[str, bool] = {}
    for words, polarity in zip(table["content"].to_pylist(), table["sentiment"].to_pylist(), strict=True):
        voiced[words] = voiced.get(words, False) or polarity != 0
    return list(voiced), np.array(list(voiced.values()))


def service_turns(data: Path) -> list[str]:
    """Turns of buyers and staff in service dialogues, mostly questions and answers."""
    turns = (turn.strip() for said in read(data, "zh_jddc")["context"].to_pylist() for turn in (said or "").split(","))
    return sorted({turn for turn in turns if len(turn) >= 2})


def distinct_reviews(data: Path, start: str) -> list[str]:
    return sorted({review for review in read(data, start)["review"].to_pylist() if review})


def zhijiang(data: Path) -> tuple[list[str], Flags]:
    """Reviews and their classes, reviews × (8 aspects × 3 polarities)."""
    table = read(data, "zh_zhijiang_cosmetics").select(["review", "aspect_category", "polarity"])
    classes: dict[str, Flags] = {}
    for row in table.to_pylist():
        if row["review"]:
            flags = classes.setdefault(row["review"], np.zeros(3 * len(ASPECTS), dtype=bool))
            flags[3 * ASPECTS.index(OUR_ASPECT[row["aspect_category"]]) + POLARITIES.index(row["polarity"])] = True
    return list(classes), np.stack(list(classes.values()))


def sessions(data: Path) -> tuple[Floats, Ints, Ints]:
    """Polarity (-1, 0, 1) of each buyer turn, where each session begins and the last ends, and its satisfaction."""
    table = read(data, "zh_service_dialogue")
    table = table.filter(pc.equal(table["role"], "buyer"))
    table = table.sort_by([(name, "ascending") for name in ("source_split", "session_id", "turn")])
    split = np.array(table["source_split"].to_pylist())
    session = table["session_id"].to_numpy()
    starts = np.flatnonzero(np.r_[True, (session[1:] != session[:-1]) | (split[1:] != split[:-1])])
    polarity = table["utterance_sentiment"].to_numpy().astype(np.float64) - 2.0
    return polarity, np.r_[starts, len(table)], table["session_satisfaction"].to_numpy()[starts] - 2


def compare_speed(reviews: pa.Array, report: Callable[[str, float, str], None]) -> None:
    """The usual tools on the same messages: scikit-learn's n-grams, and SnowNLP from the extra `bench`."""
    some = reviews.slice(0, 5_000).to_pylist()
    started = time.process_time()
    TfidfVectorizer(analyzer="char", ngram_range=(1, 3)).fit_transform(some)
    report("TfidfVectorizer messages/s", len(some) / (time.process_time() - started), "character 1-3-grams, no model")
    try:
        from snownlp import SnowNLP
    except ImportError:
        print("SnowNLP messages/s: not installed (pip install -e '.[bench]')")
        return
    few = [text for text in some[:100] if text]
    started = time.process_time()
    for text in few:
        _ = SnowNLP(text).sentiments
    report("SnowNLP messages/s", len(few) / (time.process_time() - started), f"{len(few)} messages")
