"""Labelled texts as voices of the demo's customers: what is read, which text is said of what, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xuanpin.pipelines.demo.catalogue_draw import load_categories
from xuanpin.pipelines.demo.scale import TINY
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.talk import dice
from xuanpin.pipelines.demo.voices import Voices, read_voices, spoken
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.errors import UsageError

FRUIT = load_categories(3)[2]
ROWS = [("甜得很", 1, "水果"), ("烂了一半", 0, "水果"), ("穿着舒服", 1, "服装"), ("起球", 0, "衣服"), ("", 1, "衣服")]


def sheet(folder: Path, text: str, name: str = "voices.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def parquet(folder: Path, **columns: list[str | int | None]) -> Path:
    path = folder / "voices.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_and_csv_of_the_same_rows_are_the_same_voices(tmp_path: Path) -> None:
    texts, labels, categories = (list(column) for column in zip(*ROWS, strict=True))
    stored = parquet(tmp_path, category=categories, label=labels, review=texts)
    typed = sheet(tmp_path, "text,label,category\n" + "\n".join(f"{a},{b},{c}" for a, b, c in ROWS))
    assert read_voices(stored) == read_voices(typed)
    assert read_voices(stored).texts["pos", ""] == ("甜得很", "穿着舒服")


@pytest.mark.parametrize(("good", "bad"), [("1", "0"), ("positive", "negative"), ("满意", "不满意"), ("1", "-1")])
def test_labels_are_read_however_they_are_written(tmp_path: Path, good: str, bad: str) -> None:
    voices = read_voices(sheet(tmp_path, f"text,label\n好,{good}\n差,{bad}\n"))
    assert (voices.texts["pos", ""], voices.texts["neg", ""]) == (("好",), ("差",))
    assert not voices.can_say("neu")


def test_a_sku_is_spoken_of_in_texts_of_its_category_or_else_in_any() -> None:
    voices = Voices({("pos", ""): ("甜", "软"), ("pos", "水果"): ("甜",), ("neg", ""): ("坏",)})
    assert voices.about(FRUIT, "pos") == ("甜",)
    assert voices.about(load_categories(1)[0], "pos") == ("甜", "软")
    said = {spoken(die, voices, FRUIT, "neg", "苹果") for die in dice(np.random.default_rng(0), 40)}
    assert said == {"苹果，坏", "苹果 坏", "苹果：坏", "苹果坏"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("text,category\n好,水果\n", "no column label"),
        ("words,label\n好,1\n", r"no column text \(or review or sentence\); its columns are label"),
        ("text,label\n好,1\n行,1\n", "2 labelled texts and none that is discontented"),
        ("text,label\n好,1\n差,0\n嗯,看看\n", "1 row with an unknown label; write 1 or positive.*: row 4"),
        ("text,label\n", "has no row"),
        ("", "is empty"),
    ],
)
def test_what_is_missing_is_named_without_the_texts(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        read_voices(sheet(tmp_path, text))
    assert "看看" not in str(refused.value)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist; give a Parquet"):
        read_voices(tmp_path / "none.parquet")
    with pytest.raises(UsageError, match=r"\(damaged\)"):
        read_voices(sheet(tmp_path, "PAR1 is how it begins", "half.parquet"))
    with pytest.raises(UsageError, match=r"no column label, text .*its columns are words; give"):
        read_voices(parquet(tmp_path, words=["好"]))


def test_opinions_are_in_the_voices_of_what_was_felt(tmp_path: Path) -> None:
    voices = Voices({("pos", ""): ("好东西甲", "好东西乙"), ("neg", ""): ("坏东西丙",)})
    world = World(3, TINY, voices=voices)
    write_history(world, tmp_path / "sources", days=12)
    truth = pq.read_table(tmp_path / "truth" / "message_truth.parquet").to_pylist()
    felt = {row["message_id"]: row["satisfaction"] for row in truth if not row["is_fake"]}
    said = []
    for drop in sorted((tmp_path / "sources" / "chat_messages").glob("*.parquet")):
        rows = pq.read_table(drop, columns=["message_id", "text"]).to_pylist()
        said += [(row["text"], felt.get(row["message_id"])) for row in rows]
    heard = [(text, feeling) for text, feeling in said if feeling in (0.0, 1.0)]
    assert len(heard) > 10
    assert all(("坏东西" if feeling == 0.0 else "好东西") in text for text, feeling in heard)
