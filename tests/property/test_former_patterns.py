"""The rows of the lexicon match exactly the messages that the patterns of release 0.1 matched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Platform
from tests.property.former_message_patterns import FORMER
from xuanpin.models.text.lexicon import records
from xuanpin.models.text.lexicon.message_patterns import FILE, load_message_patterns
from xuanpin.pipelines.demo.scale import DEMO
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.talk import phrases
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.engine import open_memory

NOW: dict[str, Any] = asdict(load_message_patterns())
LETTERS = "份件盒吗么不没好能可以要到发有哪个是几多少一两二123１０+＋x×.、:：[]【】?？~。 \t\n@群公告早嗯哈呀啦😊甜"
SNIPPETS = sorted({record.values["pattern"] or "" for record in records(None, FILE)} | set("份件盒吗么不没早嗯😊？"))


@pytest.fixture(scope="module")
def differing() -> Iterator[Any]:
    """A function that gives the kinds of which old and new patterns find other texts, with one such text each."""
    engine = open_memory()

    old: dict[str, Any] = {
        f"{kind}_{place}": pattern for kind, former in FORMER.items() for place, pattern in enumerate(former)
    }
    lost = [
        f"coalesce(min(text) filter (where regexp_matches(text, ${kind}) <> ("
        + " or ".join(f"regexp_matches(text, ${name})" for name in old if name.startswith(f"{kind}_"))
        + f")), '') as lost_{kind}"
        for kind in NOW
    ]
    sql = f"select {', '.join(lost)} from night.said"

    def compare(texts: list[str]) -> dict[str, str]:
        engine.store("night.said", pa.table({"text": pa.array(texts, pa.string())}))
        (row,) = engine.query(sql, **NOW, **old).to_pylist()
        return {kind.removeprefix("lost_"): text for kind, text in row.items() if text}

    yield compare
    engine.close()


def chat_of(folder: Path) -> list[str]:
    """The texts of a platform's drops that come as Parquet, which is every third day."""
    files = sorted((folder / "chat_messages").glob("*.parquet"))
    return [text for file in files for text in pq.read_table(file)["text"].to_pylist()]


def test_a_tiny_platform_is_read_alike(platform: Platform, differing: Callable[..., dict[str, str]]) -> None:
    texts = chat_of(platform.sources)
    assert len(texts) > 500 and differing(texts) == {}


def test_the_demo_is_read_alike(tmp_path: Path, differing: Callable[..., dict[str, str]]) -> None:
    write_history(World(11, DEMO), tmp_path, days=9)
    texts = chat_of(tmp_path) + [text for pairs in phrases().values() for pair in pairs for text in pair]
    assert len(texts) > 1_000 and differing(texts) == {}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text(LETTERS, max_size=4)), max_size=4).map("".join),
        min_size=1,
        max_size=40,
    )
)
def test_whatever_is_said_is_read_alike(differing: Callable[..., dict[str, str]], texts: list[str]) -> None:
    assert differing(texts) == {}
