"""The models that read the chat: which one was in force on a day, and weekly learning from what became known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from xuanpin.models.text.aspect_learning import AspectFeatures
from xuanpin.models.text.aspects import ASPECTS
from xuanpin.models.text.learned_aspects import AspectTrial, LabelledAspects, try_aspects
from xuanpin.models.text.polarity import LexiconScorer
from xuanpin.models.text.sentiment import SentimentModel
from xuanpin.models.text.sentiment_learning import UNKNOWN, LearningTexts, learn, outcome_noise, separation
from xuanpin.models.text.text_encoding import encode_texts, pick_texts
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.feedback.encoder import encoder_labels
from xuanpin.pipelines.feedback.labels import aspects_known_by, labels_known_by, read_labels
from xuanpin.pipelines.feedback.model_files import StoredModel, move_model, read_model, save_model
from xuanpin.pipelines.feedback.whole_models import broken_models, versions
from xuanpin.pipelines.feedback.word_lists import (
    aspect_features,
    opinion_scorer,
    pattern_parameters,
    script_parameters,
)
from xuanpin.pipelines.home_files import note_set_aside

LEXICON = "lexicon"
FEWEST_TEXTS = 2_000
"""Messages below which an n-gram logit learns more noise than language."""


class ModelStore:
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

    @property
    def features(self) -> AspectFeatures:
        """What a classifier of aspects sees of a text, by the same words."""
        return aspect_features(self._night.settings.feedback.lexicon_folder)

    def version_for(self, day: date) -> str:
        """The newest model trained on nothing later than this day; days before the first model are read by the first.

        The lexicon alone reads while this date has no model.
        """
        known = versions(self._folder, self._night.as_of_date)
        return max((name for name in known if name[:10] <= day.isoformat()), default=min(known, default=LEXICON))

    def model(self, version: str) -> SentimentModel:
        """Load one version."""
        return self.stored(version).model(self.scorer, self.features)

    def stored(self, version: str) -> StoredModel:
        """Read one version without laying it out to read by."""
        return StoredModel(LEXICON) if version == LEXICON else read_model(self._folder / version)

    def learn_when_due(self, read_first: Callable[[], None] = lambda: None) -> None:
        """Learn when the last attempt up to this date is old enough; a re-run of the date learns nothing new.

        `read_first` is called once night.int_learning_texts has the messages to learn from, where they are enough.
        """
        today = self._night.as_of_date
        attempts = versions(self._folder, today) + versions(self._rejected, today)
        interval = timedelta(days=self._night.settings.feedback.learning_days)
        if not attempts or date.fromisoformat(max(attempts)[:10]) + interval <= today:
            self.learn(read_first)

    def learn(self, read_first: Callable[[], None] = lambda: None) -> StepCount:
        """Train a challenger on what was known on this date; it is kept unless the champion separates better.

        The champion is the model in use before this day; learning a day again replaces what was learnt of it.
        `read_first` is called once the messages to learn from are known to be enough.

        Returns texts read and models kept. Too little text, or text of one kind, leaves everything as it is.
        """
        if _gather_texts(self._night) >= FEWEST_TEXTS:
            read_first()
        gathered = _gather(self._night)
        known = gathered.known
        if len(known.texts) < FEWEST_TEXTS:
            return len(known.texts), 0
        try:
            challenger = self._challenger(known, gathered.words)
        except ValueError:  # one class only: nothing to learn yet
            return len(known.texts), 0
        return len(known.texts), int(self._keep_better(challenger, gathered))

    def _keep_better(self, challenger: SentimentModel, gathered: _Gathered) -> bool:
        """Save the better reading of satisfaction with the better naming of aspects, or note what lost."""
        known, champion = gathered.known, self.model(self._champion())
        before, after = separation(champion, known), separation(challenger, known)
        is_worse = before is not None and after is not None and after < before
        trial = try_aspects(champion.aspects, gathered.aspects, self.features)
        aspects = champion.aspects if trial is None else trial.better
        names_anew = champion.ngram_logit is not None and aspects is not champion.aspects
        is_kept = not is_worse or names_anew
        model = replace(champion if is_worse and names_anew else challenger, aspects=aspects)
        metrics = _metrics(self.scorer, known, before, after) | _aspect_metrics(gathered.aspects, trial)
        name = save_model(self._folder if is_kept else self._rejected, self._night.as_of_date, model, metrics)
        self._supersede(name)
        return is_kept

    def _champion(self) -> str:
        """The model to beat: the newest of an earlier day, so that learning a day again compares the same."""
        return max(versions(self._folder, self._night.as_of_date - timedelta(days=1)), default=LEXICON)

    def _supersede(self, newest: str) -> None:
        """Keep one outcome a day: what was learnt of this day before goes to the models that are not used."""
        for name in versions(self._folder, self._night.as_of_date):
            if name != newest and name[:10] == newest[:10]:
                move_model(self._folder / name, self._rejected)

    def _challenger(self, known: LearningTexts, words: pa.ChunkedArray) -> SentimentModel:
        """A new n-gram logit; the one that the encoder taught too, unless that one separates worse."""
        plain, most_texts = learn(self.scorer, known), self._night.settings.feedback.encoder_texts
        if not most_texts:
            return plain
        answers = encoder_labels(known, words, self.scorer, most_texts)
        if answers is None:
            return plain
        distilled = learn(self.scorer, replace(known, teacher=answers))
        without, taught = separation(plain, known), separation(distilled, known)
        return plain if without is not None and taught is not None and taught < without else distilled


def note_unusable(night: Night) -> None:
    """Note which labels and models of the home are set aside, because they cannot be used."""
    note_set_aside(night.home, "labels", read_labels(night.home.labels)[1])
    note_set_aside(night.home, "models", broken_models(night.home))


def learn_now(night: Night) -> StepCount:
    """Train a challenger today, due or not: the weekly job of a deployment that learns outside its nights."""
    note_unusable(night)
    return ModelStore(night).learn()


@dataclass(frozen=True)
class _Gathered:
    """What a training reads: texts with what is known of them, their words as written, and labels of aspects."""

    known: LearningTexts
    words: pa.ChunkedArray
    aspects: LabelledAspects


def _gather_texts(night: Night) -> int:
    """Write night.int_learning_texts, the customers' messages that a training reads; return how many there are."""
    chosen = night.settings.feedback
    labels = labels_known_by(night.home.labels, night.as_of_date)
    return night.engine.materialise(
        "int_learning_texts",
        as_of_date=night.as_of_date,
        labelled=sorted({*labels, *aspects_known_by(night.home.labels, night.as_of_date)}),
        fewest_texts=FEWEST_TEXTS,
        most_texts=chosen.learning_texts,
        **pattern_parameters(chosen.lexicon_folder),
        **script_parameters(),
    )


def _gather(night: Night) -> _Gathered:
    """The messages of night.int_learning_texts with their outcomes and labels, oldest first."""
    chosen = night.settings.feedback
    labels = labels_known_by(night.home.labels, night.as_of_date)
    night.engine.materialise(
        "int_learning_outcomes",
        as_of_date=night.as_of_date,
        kept_days=chosen.kept_days,
        complaint_confidence=chosen.complaint_confidence,
    )
    rows = night.engine.select("int_learning_rows")
    keys = rows["message_id"].to_pylist()
    known = LearningTexts(
        texts=encode_texts(rows["text"]),
        outcomes=_known(rows["was_kept"].to_pylist()),
        labels=_known([labels.get(key) for key in keys]),
        draw=np.array([_draw(key) for key in keys]),
    )
    return _Gathered(known, rows["text"], _labelled_aspects(night, keys, known))


def _labelled_aspects(night: Night, keys: list[str], known: LearningTexts) -> LabelledAspects:
    labels = aspects_known_by(night.home.labels, night.as_of_date)
    rows = np.array([row for row, key in enumerate(keys) if key in labels], dtype=np.int64)
    named = np.zeros((len(rows), len(ASPECTS)), dtype=bool)
    for place, row in enumerate(rows):
        named[place] = [aspect in labels[keys[row]] for aspect in ASPECTS]
    return LabelledAspects(pick_texts(known.texts, rows), named, known.draw[rows])


def _known(values: list[int | None]) -> NDArray[np.int8]:
    return np.array([UNKNOWN if value is None else value for value in values], dtype=np.int8)


def _draw(key: str) -> float:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big") / 2**48


def _metrics(scorer: LexiconScorer, known: LearningTexts, before: float | None, after: float | None) -> dict[str, Any]:
    return {
        "texts": len(known.texts),
        "outcomes": int(np.sum(known.outcomes != UNKNOWN)),
        "outcome_noise": round(outcome_noise(scorer.score(known.texts), known.outcomes), 6),
        "labels": int(np.sum(known.labels != UNKNOWN)),
        "champion_auc": None if before is None else round(before, 6),
        "challenger_auc": None if after is None else round(after, 6),
    }


def _aspect_metrics(known: LabelledAspects, trial: AspectTrial | None) -> dict[str, Any]:
    """Nothing where no trial was held."""
    if trial is None:
        return {}
    return {
        "aspect_labels": len(known.texts),
        "champion_aspect_f1": round(trial.champion_f1, 6),
        "challenger_aspect_f1": round(trial.challenger_f1, 6),
    }
