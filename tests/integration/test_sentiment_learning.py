"""The n-gram logit learns at the site: from what was known, in force from its day, replaced only by a better one."""

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from tests.support.chat_world import DAY, at, message, open_world, order
from xuanpin.models.text.lexicon import load_lexicon
from xuanpin.models.text.polarity import LexiconScorer
from xuanpin.models.text.sentiment import lexicon_model
from xuanpin.models.text.sentiment_learning import NO_OPINION, UNKNOWN, LearningTexts, learn, separation
from xuanpin.models.text.text_encoding import encode_texts
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.feedback.labels import export_labels, import_labels, labels_known_by
from xuanpin.pipelines.feedback.learning import ModelStore, learn_now
from xuanpin.pipelines.feedback.step import feedback
from xuanpin.pipelines.feedback.whole_models import versions
from xuanpin.pipelines.settings import Settings

GOOD = ["很满意，{}真不错，下次还买", "{}好用，推荐", "{}质量好，物流快", "喜欢{}，很漂亮"]
BAD = ["{}太差了，垃圾，别买", "{}坏了，要求退货", "失望，{}质量差", "{}破损，骗人"]
THINGS = ["杯子", "毛巾", "拖鞋", "台灯", "雨伞", "饼干", "牙刷", "袜子"]


def chat(count: int) -> list[dict[str, Any]]:
    draw = np.random.default_rng(3)
    rows = []
    for number in range(count):
        pattern = (GOOD if number % 2 else BAD)[draw.integers(4)]
        text = pattern.format(THINGS[draw.integers(8)]) + f"第{draw.integers(1000)}次"
        rows.append(message(f"M{number:05d}", f"C{number % 50}", text, at(10, number % 60)))
    return rows


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.*")) if path.is_file()}


def test_a_model_is_learned_once_and_its_bytes_follow_from_what_was_known(tmp_path: Path) -> None:
    nights = [open_world(tmp_path / name, messages=chat(2_100)) for name in ("one", "two")]
    for night in nights:
        feedback(night)
        feedback(night)
    first, second = (files(night.home.models) for night in nights)
    assert first == second and len([name for name in first if name.endswith("metrics.json")]) == 1
    store = ModelStore(nights[0])
    version = store.version_for(DAY)
    assert version.startswith(DAY.isoformat()) and store.version_for(DAY - timedelta(days=1)) == version
    published = nights[0].engine.read("night.feedback_mentions").to_pylist()
    assert not any(row["calibrated"] for row in published)
    assert len(published) == len({(row["message_id"], row["sku_id"]) for row in published}) == 2_100
    read_by = nights[0].engine.query("select distinct model_version from history.mentions").to_pylist()
    assert read_by == [{"model_version": version}]


class Killed(Exception):
    """The end of a process in the middle of its work."""


def _killed(*parts: Any) -> None:
    raise Killed


def test_a_first_reading_that_ends_while_it_learns_goes_on_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = [row | {"sent_at": at(9, day=DAY - timedelta(days=1))} for row in chat(2_100)[:100]]
    rows = [row | {"known_on": row["sent_at"].date()} for row in (*old, *chat(2_100)[100:])]
    chosen = Settings.model_validate({"feedback": {"learning_texts": 2_000}})
    whole, ended = (replace(open_world(tmp_path / name, messages=rows), settings=chosen) for name in ("one", "two"))
    feedback(whole)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(ModelStore, "_challenger", _killed)
        feedback(ended)
    # So far the lexicon has read what teaches, and no more.
    assert ended.engine.read("history.mention_days")["known_on"].to_pylist() == [DAY]
    feedback(ended)
    first, second = (
        [night.engine.query(f"select * from history.{table} order by all") for table in ("mentions", "mention_days")]
        for night in (whole, ended)
    )
    assert first == second and len(first[0]) == 2_100
    assert files(whole.home.models) == files(ended.home.models)


def test_learning_a_day_again_gives_the_same_model_and_new_labels_replace_it(tmp_path: Path) -> None:
    night = open_world(tmp_path, messages=chat(2_100))
    assert learn_now(night)[1] == learn_now(night)[1] == 1
    (first,) = versions(night.home.models / "sentiment", DAY)
    night.home.labels.mkdir()
    rows = [f"M{number:05d},{'满意' if number % 2 else '不满意'},{DAY}" for number in range(1_400)]
    text = "\n".join(["message_id,label,labelled_on", *rows])
    (night.home.labels / "labels.csv").write_text(text, encoding="utf-8")
    assert learn_now(night)[1] == 1
    (second,) = versions(night.home.models / "sentiment", DAY)
    assert second != first
    assert versions(night.home.models / "sentiment_rejected", DAY) == [first]


def test_too_little_text_teaches_nothing(tmp_path: Path) -> None:
    night = open_world(tmp_path, messages=chat(50))
    feedback(night)
    assert ModelStore(night).version_for(DAY) == "lexicon" and not night.home.models.exists()


def test_labels_calibrate_and_a_worse_challenger_is_told(tmp_path: Path) -> None:
    rows = chat(800)
    texts = encode_texts([row["text"] for row in rows])
    nothing = np.full(800, UNKNOWN, np.int8)
    labels = nothing.copy()
    labels[:300] = [number % 2 for number in range(300)]
    known = LearningTexts(texts, nothing, labels, np.linspace(0, 1, 800))
    scorer = LexiconScorer(load_lexicon())
    assert learn(scorer, known).calibrated
    assert not learn(scorer, replace(known, labels=nothing)).calibrated
    turned = replace(known, labels=np.where(labels == UNKNOWN, UNKNOWN, 1 - labels).astype(np.int8))
    champion = lexicon_model(load_lexicon())
    assert (separation(champion, known), separation(champion, turned)) == (1.0, 0.0)


def test_outcomes_teach_what_the_lexicon_does_not_know() -> None:
    draw = np.random.default_rng(1)
    sure = [(GOOD if number % 2 else BAD)[draw.integers(4)].format("它") for number in range(400)]
    unheard = [f"{'蛰' if number % 2 else '魃'}{draw.integers(1000)}号" for number in range(400)]
    outcomes = np.array([number % 2 for number in range(800)], np.int8)
    nothing = np.full(800, UNKNOWN, np.int8)
    known = LearningTexts(encode_texts(sure + unheard), outcomes, nothing, draw.random(800))
    ngram_logit = learn(LexiconScorer(load_lexicon()), known).ngram_logit
    assert ngram_logit is not None
    kept, returned = ngram_logit.log_odds(encode_texts(["蛰", "魃"]))
    assert kept > 0 > returned


def _place(number: int) -> str:
    """A name of a town that no other question has."""
    draw = np.random.default_rng(number)
    return "".join(chr(0x5000 + code) for code in draw.integers(0, 3_000, 12))


def test_questions_teach_what_talk_without_an_opinion_is_and_complaints_may_ask() -> None:
    opinions = [row["text"] for row in chat(900)]
    # Each asks in words of its own: 300 times one question would be one question.
    asked = [f"请问{THINGS[number % 8]}明天下午发货到{_place(number)}要第{number}号吗？" for number in range(300)]
    texts = encode_texts(opinions + asked)
    nothing = np.full(len(texts), UNKNOWN, np.int8)
    model = learn(LexiconScorer(load_lexicon()), LearningTexts(texts, nothing, nothing, np.linspace(0, 1, len(texts))))
    told = [
        "方便的话雨伞明天下午发货到城里要第七号",
        "请问失望的雨伞质量差，怎么还坏了？",
        "雨伞很满意真不错，下次还要买",
    ]
    assert np.isnan(model.satisfaction(encode_texts(told))).tolist() == [True, False, False]
    assert not np.isnan(replace(model, subjectivity=None).satisfaction(encode_texts(told))).any()
    few = LearningTexts(encode_texts(opinions + asked[:50]), nothing[:950], nothing[:950], np.linspace(0, 1, 950))
    assert learn(LexiconScorer(load_lexicon()), few).subjectivity is None


def test_messages_without_an_opinion_are_told_by_their_words_once_some_are_labelled() -> None:
    opinions = [row["text"] for row in chat(600)]
    chatter = [f"周{'一二三四五六日'[number % 7]}晚上八点开车去城里办事，带上雨衣第{number}趟" for number in range(300)]
    labels = np.full(900, UNKNOWN, np.int8)
    labels[:60] = [number % 2 for number in range(60)]
    nothing = np.full(900, UNKNOWN, np.int8)
    known = LearningTexts(encode_texts(opinions + chatter), nothing, labels, np.linspace(0, 1, 900))
    labels[600:660] = NO_OPINION
    satisfaction = learn(LexiconScorer(load_lexicon()), known).satisfaction(known.texts)
    assert np.isnan(satisfaction[600:]).all() and np.isnan(satisfaction[:600]).mean() <= 0.1


def test_labels_of_no_opinion_are_stored_with_the_model(tmp_path: Path) -> None:
    night = open_world(tmp_path, messages=chat(2_100))
    night.home.labels.mkdir(parents=True)
    label_of = {0: "不满意", 1: "满意", 2: "无关", 3: "无关"}
    rows = [f"M{number:05d},{label_of[number % 4]},{DAY}" for number in range(120)]
    (night.home.labels / "labels.csv").write_text("message_id,label,labelled_on\n" + "\n".join(rows), encoding="utf-8")
    feedback(night)
    store = ModelStore(night)
    subjectivity = store.model(store.version_for(DAY)).subjectivity
    assert subjectivity is not None and subjectivity.weights.any()


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_labels_go_out_redacted_and_come_back(tmp_path: Path, suffix: str) -> None:
    said = [message(f"M{i}", "C1", f"收到了，草莓还可以{'！' * i}", at(12, i)) for i in range(1, 4)]
    night = open_world(tmp_path, [order("L1", "C1", "S1", datetime(2026, 11, 20, 8))], said)
    feedback(night)
    sheet = tmp_path / f"labels.{suffix}"
    assert export_labels(night, sheet, count=10) == 3
    fill(sheet, {"M1": "满意", "M2": "无关", "M3": ""})
    assert import_labels(night, sheet) == 2
    assert labels_known_by(night.home.labels, DAY) == {"M1": 1, "M2": NO_OPINION}
    assert labels_known_by(night.home.labels, DAY - timedelta(days=1)) == {}
    fill(sheet, {"M1": "很好"})
    with pytest.raises(UsageError, match="M1"):
        import_labels(night, sheet)


def fill(sheet: Path, labels: dict[str, str]) -> None:
    if sheet.suffix == ".xlsx":
        book = openpyxl.load_workbook(sheet)
        for row in book["labels"].iter_rows(min_row=2):
            row[2].value = labels.get(str(row[0].value))
        book.save(sheet)
        return
    with sheet.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    with sheet.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.DictWriter(handle, ["message_id", "text", "label", "aspects"])
        writer.writeheader()
        writer.writerows({**row, "label": labels.get(row["message_id"], "")} for row in rows)
