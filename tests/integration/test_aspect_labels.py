"""What merchandisers say a message speaks of teaches the night, unless the word list says it better."""

import csv
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from tests.support.chat_world import DAY, at, mentions, message, open_world, order, say
from xuanpin.models.text.aspect_learning import AspectFeatures
from xuanpin.models.text.aspects import ASPECTS
from xuanpin.models.text.learned_aspects import LabelledAspects, try_aspects
from xuanpin.models.text.lexicon import load_lexicon
from xuanpin.models.text.polarity import split_clauses
from xuanpin.models.text.sentiment import lexicon_model
from xuanpin.models.text.text_encoding import encode_texts
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.feedback import learning
from xuanpin.pipelines.feedback.labels import aspects_known_by, export_labels, import_labels
from xuanpin.pipelines.feedback.learning import ModelStore
from xuanpin.pipelines.feedback.step import feedback

PACKAGING = ASPECTS.index("packaging")
FEATURES = AspectFeatures(load_lexicon())
SAID = ("杯子的提手很满意{}", "杯子很满意{}", "雨伞的提手太差了{}", "雨伞太差了{}")
"""提手 is not a word of the list."""


def chat(count: int) -> list[dict[str, Any]]:
    return [
        message(f"M{number:05d}", f"C{number % 50}", f"收到了，{SAID[number % 4].format(number)}", at(10, number % 60))
        for number in range(count)
    ]


def labelled(count: int, right: bool = True) -> LabelledAspects:
    """Texts labelled with packaging where they say 提手 (or the contrary where a label teaches), and delivery."""
    draw = np.random.default_rng(0).random(count)
    named = np.zeros((count, len(ASPECTS)), dtype=bool)
    named[:, PACKAGING] = np.arange(count) % 2 == 0
    named[:, ASPECTS.index("delivery")] = np.arange(count) % 3 == 0
    if not right:
        named[draw >= 0.2, PACKAGING] ^= True
    texts = [row["text"] + "，物流快" * (number % 3 == 0) for number, row in enumerate(chat(count))]
    return LabelledAspects(encode_texts(texts), named, draw)


def write(sheet: Path, rows: list[dict[str, str]]) -> None:
    with sheet.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_a_word_that_the_list_does_not_know_becomes_an_aspect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    night = open_world(tmp_path, [order("L1", "C0", "S1", at(8))], chat(2_100))
    assert mentions(night)["M02000"]["aspects"] == []
    before = ModelStore(night).model(ModelStore(night).version_for(DAY))
    rows = [
        {"message_id": f"M{number:05d}", "label": ("满意", "满意", "不满意", "不满意")[number % 4],
         "aspects": "包装" if number % 2 == 0 else ""}
        for number in range(300)
    ]  # fmt: skip
    write(tmp_path / "labels.csv", rows)
    assert import_labels(night, tmp_path / "labels.csv") == 300
    later = replace(night, as_of_date=DAY + timedelta(days=7))
    # A n-gram logit that separates worse is left, and the champion takes over what the labels of aspects taught.
    monkeypatch.setattr(learning, "separation", lambda model, known: 0.9 if model.version != "lexicon" else 0.8)
    assert ModelStore(later).learn() == (2_100, 1)
    version = ModelStore(later).version_for(later.as_of_date)
    after = ModelStore(later).model(version)
    assert after.aspects is not None and after.ngram_logit is not None and before.ngram_logit is not None
    assert np.array_equal(after.ngram_logit.weights, before.ngram_logit.weights)
    metrics = json.loads((night.home.models / "sentiment" / version / "metrics.json").read_text())["metrics"]
    assert (metrics["aspect_labels"], metrics["champion_aspect_f1"], metrics["challenger_aspect_f1"]) == (300, 0.0, 1.0)
    say(night.engine, [message("N1", "C0", "收到了，雨伞的提手太差了", at(10, day=later.as_of_date))])
    assert mentions(later)["N1"]["aspects"] == [{"aspect": "packaging", "polarity": pytest.approx(-0.9, abs=0.1)}]


def test_classes_with_few_examples_stay_with_the_list_and_few_labels_teach_nothing() -> None:
    known = labelled(300)
    assert try_aspects(None, known.pick(np.arange(300) < 199), FEATURES) is None
    trial = try_aspects(None, known, FEATURES)
    assert trial is not None and trial.better is not None
    named = trial.better.named(encode_texts(["物流快，提手很满意", "雨伞的提手", "雨伞，物流快", "雨伞新鲜"]))
    assert [[ASPECTS[k] for k in np.flatnonzero(row)] for row in named] == [
        ["packaging", "delivery"], ["packaging"], ["delivery"], ["freshness"],
    ]  # fmt: skip


def test_a_challenger_that_names_worse_is_not_used() -> None:
    turned = try_aspects(None, labelled(300, right=False), FEATURES)
    assert turned is not None and turned.better is None and turned.challenger_f1 < turned.champion_f1
    champion = try_aspects(None, labelled(300), FEATURES)
    assert champion is not None and champion.better is not None
    again = try_aspects(champion.better, labelled(400, right=False), FEATURES)
    assert again is not None and again.better is champion.better


def test_every_aspect_has_the_polarity_of_its_clause_or_of_the_whole_text() -> None:
    trial = try_aspects(None, labelled(300), FEATURES)
    assert trial is not None and trial.better is not None
    clauses, text_of = split_clauses(encode_texts(["物流快，提手太差了", "雨伞"]))
    model = lexicon_model(load_lexicon())
    found = trial.better.find(clauses, text_of, model.satisfaction)
    said = dict(zip((ASPECTS[aspect] for aspect in found.aspects), found.polarities, strict=True))
    assert set(found.rows) == {0} and set(said) == {"packaging", "delivery"}
    assert said["packaging"] < 0 < said["delivery"]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_sheet_goes_out_filled_with_what_was_named_and_comes_back_corrected(tmp_path: Path, suffix: str) -> None:
    said = ("物流快，草莓新鲜", "质量不错", "草莓不错")
    night = open_world(tmp_path, [order("L1", "C1", "S1", at(8))], [
        message(f"M{number}", "C1", f"收到了，{text}", at(12, number)) for number, text in enumerate(said, start=1)
    ])  # fmt: skip
    feedback(night)
    sheet = tmp_path / f"labels.{suffix}"
    assert export_labels(night, sheet, count=10) == 3
    assert cells(sheet) == {"M1": "新鲜、物流", "M2": "质量", "M3": ""}
    write(tmp_path / "back.csv", [
        {"message_id": "M1", "label": "满意", "aspects": "freshness，味道, 面料"},
        {"message_id": "M2", "label": "", "aspects": "颜色"},
        {"message_id": "M3", "label": "满意", "aspects": ""},
    ])  # fmt: skip
    assert import_labels(night, tmp_path / "back.csv") == 2
    taught = {"M1": {"freshness", "taste", "quality"}, "M3": set()}
    assert aspects_known_by(night.home.labels, DAY) == taught
    assert aspects_known_by(night.home.labels, DAY - timedelta(days=1)) == {}
    # A sheet of before, without the column, teaches no aspects and takes none back.
    write(tmp_path / "old.csv", [{"message_id": key, "label": "不满意"} for key in ("M1", "M2")])
    assert import_labels(night, tmp_path / "old.csv") == 2
    assert aspects_known_by(night.home.labels, DAY) == taught


def test_an_unknown_aspect_is_refused_by_name_and_nothing_is_stored(tmp_path: Path) -> None:
    night = open_world(tmp_path)
    write(tmp_path / "labels.csv", [
        {"message_id": "M1", "label": "满意", "aspects": "质量"},
        {"message_id": "M2", "label": "满意", "aspects": "质量、颜料"},
    ])  # fmt: skip
    with pytest.raises(
        UsageError, match=r"1 row with an unknown aspect; write 质量 \(quality\), 新鲜.*: row 3 \(M2: 颜料\)"
    ):
        import_labels(night, tmp_path / "labels.csv")
    assert aspects_known_by(night.home.labels, DAY) == {} and not night.home.labels.exists()


def test_a_label_that_would_teach_nothing_is_refused_with_its_row(tmp_path: Path) -> None:
    night = open_world(tmp_path, [], [message("M1", "C1", "收到了", at(12))])
    write(tmp_path / "labels.csv", [
        {"message_id": "M1", "label": "满意", "aspects": ""},
        {"message_id": "1.23E+17", "label": "满意", "aspects": ""},
        {"message_id": "M1", "label": "不满意", "aspects": ""},
    ])  # fmt: skip
    with pytest.raises(UsageError) as refused:
        import_labels(night, tmp_path / "labels.csv")
    assert "1 row with a message_id that this home does not hold" in str(refused.value)
    assert "row 3 (1.23E+17)" in str(refused.value)
    assert "1 row with other words for a message that stands in the sheet before: row 4 (M1)" in str(refused.value)
    assert not night.home.labels.exists()


def cells(sheet: Path) -> dict[str, str]:
    if sheet.suffix == ".csv":
        with sheet.open(encoding="utf-8-sig", newline="") as handle:
            return {row["message_id"]: row["aspects"] for row in csv.DictReader(handle)}
    rows = openpyxl.load_workbook(sheet)["labels"].iter_rows(min_row=2, values_only=True)
    return {str(row[0]): str(row[3] or "") for row in rows}
