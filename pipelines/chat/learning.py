"""The models that read the chat: which one was in force on a day, and weekly learning from what became known."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.polarity import LexiconScorer
from models.sentiment import Calibration, SentimentModel
from models.sentiment_learning import UNKNOWN, LearningTexts, learn, outcome_noise, separation
from models.student import GramStudent
from models.text_encoding import encode_texts
from models.text_hashing import DIMENSIONS
from pipelines.chat.encoder import ask_teacher
from pipelines.chat.labels import labels_known_by
from pipelines.chat.word_lists import opinion_scorer
from pipelines.night import Night, StepCount

LEXICON = "lexicon"
FEWEST_TEXTS = 2_000
"""Messages below which a student learns more noise than language."""
_OUTCOMES = pa.schema([("message_id", pa.string()), ("was_kept", pa.int32())])


class ModelShelf:
    """The sentiment models of a deployment, each in force from the day it was trained for.

    `models/sentiment/<day>-<hash>/` holds one model; `models/sentiment_rejected/` notes the challengers that lost.
    """

    def __init__(self, night: Night) -> None:
        self._night = night
        self._folder = night.home.models / "sentiment"
        self._rejected = night.home.models / "sentiment_rejected"

    @property
    def scorer(self) -> LexiconScorer:
        """Our words of opinion and the deployment's."""
        return opinion_scorer(self._night.settings.feedback.lexicon_folder)

    def version_for(self, day: date) -> str:
        """The newest model trained on nothing later than this day; days before the first model are read by the first.

        The lexicon alone reads while this date has no model.
        """
        known = _versions(self._folder, self._night.as_of_date)
        return max((name for name in known if name[:10] <= day.isoformat()), default=min(known, default=LEXICON))

    def model(self, version: str) -> SentimentModel:
        """Load one version."""
        if version == LEXICON:
            return SentimentModel(self.scorer)
        return _load(self._folder / version, self.scorer)

    def learn_when_due(self) -> None:
        """Learn when the last attempt up to this date is old enough; a re-run of the date learns nothing new."""
        today = self._night.as_of_date
        attempts = _versions(self._folder, today) + _versions(self._rejected, today)
        interval = timedelta(days=self._night.settings.feedback.learning_days)
        if not attempts or date.fromisoformat(max(attempts)[:10]) + interval <= today:
            self.learn()

    def learn(self) -> StepCount:
        """Train a challenger on what was known on this date; it is kept unless the champion separates better.

        Returns texts read and models kept. Too little text, or text of one kind, leaves everything as it is.
        """
        known, words = _gather(self._night)
        champion = self.model(self.version_for(self._night.as_of_date))
        if len(known.texts) < FEWEST_TEXTS:
            return len(known.texts), 0
        try:
            challenger = self._challenger(known, words)
        except ValueError:  # one class only: nothing to learn yet
            return len(known.texts), 0
        before, after = separation(champion, known), separation(challenger, known)
        is_worse = before is not None and after is not None and after < before
        metrics = _metrics(self.scorer, known, before, after)
        _save(self._rejected if is_worse else self._folder, self._night.as_of_date, challenger, metrics)
        return len(known.texts), 0 if is_worse else 1

    def _challenger(self, known: LearningTexts, words: pa.ChunkedArray) -> SentimentModel:
        """A new student; the one that the encoder taught too, unless that one separates worse."""
        plain, most_texts = learn(self.scorer, known), self._night.settings.feedback.encoder_texts
        if not most_texts:
            return plain
        answers = ask_teacher(known, words, self.scorer, most_texts)
        if answers is None:
            return plain
        distilled = learn(self.scorer, replace(known, teacher=answers))
        without, taught = separation(plain, known), separation(distilled, known)
        return plain if without is not None and taught is not None and taught < without else distilled


def learn_now(night: Night) -> StepCount:
    """Train a challenger today, due or not: the weekly job of a deployment that learns outside its nights."""
    return ModelShelf(night).learn()


def _gather(night: Night) -> tuple[LearningTexts, pa.ChunkedArray]:
    """Customers' messages known by this date with their outcomes and labels, oldest first, and their words."""
    chosen = night.settings.feedback
    night.engine.materialise("int_learning_texts", as_of_date=night.as_of_date, most_texts=chosen.learning_texts)
    if night.engine.exists("memory.mentions"):
        night.engine.materialise(
            "int_learning_outcomes",
            as_of_date=night.as_of_date,
            kept_days=chosen.kept_days,
            complaint_confidence=chosen.complaint_confidence,
        )
    else:
        night.engine.store("night.int_learning_outcomes", _OUTCOMES.empty_table())
    rows = night.engine.query(
        """
        select t.message_id, t.text, cast(o.was_kept as integer) as was_kept
        from night.int_learning_texts as t
        left join night.int_learning_outcomes as o on t.message_id = o.message_id
        order by t.known_on, t.message_id
        """
    )
    labels = labels_known_by(night.home.labels, night.as_of_date)
    keys = rows["message_id"].to_pylist()
    known = LearningTexts(
        texts=encode_texts(rows["text"]),
        outcomes=_known(rows["was_kept"].to_pylist()),
        labels=_known([labels.get(key) for key in keys]),
        draw=np.array([_draw(key) for key in keys]),
    )
    return known, rows["text"]


def _known(values: list[int | None]) -> NDArray[np.int8]:
    return np.array([UNKNOWN if value is None else value for value in values], dtype=np.int8)


def _draw(key: str) -> float:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big") / 2**48


def _versions(folder: Path, day: date) -> list[str]:
    names = [path.parent.name for path in folder.glob("*/metrics.json")]
    return sorted(name for name in names if name[:10] <= day.isoformat())


def _metrics(scorer: LexiconScorer, known: LearningTexts, before: float | None, after: float | None) -> dict[str, Any]:
    return {
        "texts": len(known.texts),
        "outcomes": int(np.sum(known.outcomes != UNKNOWN)),
        "outcome_noise": round(outcome_noise(scorer.score(known.texts), known.outcomes), 6),
        "labels": int(np.sum(known.labels != UNKNOWN)),
        "champion_auc": None if before is None else round(before, 6),
        "challenger_auc": None if after is None else round(after, 6),
    }


def _save(folder: Path, day: date, model: SentimentModel, metrics: dict[str, Any]) -> None:
    """Write a model under the day and a hash of its content; metrics.json comes last and makes it exist."""
    if model.student is None:
        raise ValueError("a model without a student is the lexicon and needs no file")
    settings: dict[str, Any] = {
        "intercept": model.student.intercept,
        "short": vars(model.short),
        "long": vars(model.long),
        "calibrated": model.calibrated,
        "is_tested": model.is_tested,
    }
    arrays = _sparse(model.student, "")
    if model.voicing is not None:
        settings["voicing_intercept"] = model.voicing.intercept
        arrays |= _sparse(model.voicing, "voicing_")
    content = json.dumps({**settings, "metrics": metrics}, sort_keys=True, indent=1).encode()
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays.values()) + content).hexdigest()[:12]
    target = folder / f"{day.isoformat()}-{digest}"
    target.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(target / f"{name}.npy", array)
    (target / "metrics.json").write_bytes(content)


def _sparse(student: GramStudent, prefix: str) -> dict[str, NDArray[Any]]:
    buckets = np.flatnonzero(student.weights).astype(np.uint32)
    return {f"{prefix}buckets": buckets, f"{prefix}weights": student.weights[buckets]}


def _load(folder: Path, scorer: LexiconScorer) -> SentimentModel:
    settings = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    intercept = settings.get("voicing_intercept")
    return SentimentModel(
        scorer=scorer,
        student=_load_student(folder, "", settings["intercept"]),
        short=Calibration(**settings["short"]),
        long=Calibration(**settings["long"]),
        voicing=_load_student(folder, "voicing_", intercept) if intercept is not None else None,
        version=folder.name,
        calibrated=settings["calibrated"],
        is_tested=settings["is_tested"],
    )


def _load_student(folder: Path, prefix: str, intercept: float) -> GramStudent:
    weights = np.zeros(DIMENSIONS, dtype=np.float32)
    weights[np.load(folder / f"{prefix}buckets.npy")] = np.load(folder / f"{prefix}weights.npy")
    return GramStudent(weights, intercept)
