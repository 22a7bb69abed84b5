"""One folder a model that reads chat: arrays beside a JSON file of its settings, named by its day and content."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xuanpin.models.text.aspect_learning import AspectClassifier, AspectFeatures
from xuanpin.models.text.learned_aspects import LearnedAspects
from xuanpin.models.text.ngram_logit import NgramLogit
from xuanpin.models.text.polarity import LexiconScorer
from xuanpin.models.text.sentiment import Calibration, SentimentModel
from xuanpin.pipelines import run_store
from xuanpin.pipelines.feedback.whole_models import (
    ASPECT_ARRAYS,
    METRICS,
    Sparse,
    aspect_arrays,
    dense_weights,
    stored_parts,
)


def save_model(folder: Path, day: date, model: SentimentModel, metrics: dict[str, Any]) -> str:
    """Write a model to `folder`, under the day and a hash of its content: its name. metrics.json comes last.

    Raises ValueError for a model that is the lexicon alone.
    """
    if model.ngram_logit is None:
        raise ValueError("a model without an n-gram logit is the lexicon and needs no file")
    settings: dict[str, Any] = {
        "intercept": model.ngram_logit.intercept,
        "short": _stored(model.short),
        "long": _stored(model.long),
        "calibrated": model.calibrated,
        "is_tested": model.is_tested,
    }
    arrays = _sparse(model.ngram_logit, "")
    if model.subjectivity is not None:
        settings["voicing_intercept"] = model.subjectivity.intercept
        arrays |= _sparse(model.subjectivity, "voicing_")
    if model.aspects is not None:
        arrays |= {f"aspect_{name}": getattr(model.aspects.classifier, name) for name in ASPECT_ARRAYS}
    content = json.dumps({**settings, "metrics": metrics}, sort_keys=True, indent=1).encode()
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays.values()) + content).hexdigest()[:12]
    target = folder / f"{day.isoformat()}-{digest}"
    target.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        _save_array(target / f"{name}.npy", array)
    with run_store.replacing(target / METRICS) as out:
        out.write(content.decode())
    return target.name


def move_model(model: Path, folder: Path) -> None:
    """Move a model to another folder, in one step; one of the same name there has the same content and stays."""
    if (folder / model.name / METRICS).exists():
        (model / METRICS).unlink()
        shutil.rmtree(model)
        return
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / model.name, ignore_errors=True)
    model.rename(folder / model.name)


def _save_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array in one step, over what a killed process may have left under its name."""
    partial = path.with_name(f".{path.name}")
    with partial.open("wb") as out:
        np.save(out, array)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(path)


def _sparse(ngram_logit: NgramLogit, prefix: str) -> dict[str, NDArray[Any]]:
    buckets = np.flatnonzero(ngram_logit.weights).astype(np.uint32)
    return {f"{prefix}buckets": buckets, f"{prefix}weights": ngram_logit.weights[buckets]}


def _stored(calibration: Calibration) -> dict[str, float]:
    """Numbers by the keys of release 0.1.0, so that a home's models outlive the names in the code."""
    return {"intercept": calibration.intercept, "lexicon": calibration.lexicon, "student": calibration.ngram_logit}


@dataclass(frozen=True)
class StoredModel:
    """A model as it is stored, by its `version`: small enough to be sent to many workers, and without the word lists.

    `parts` are those of `stored_parts`, `aspects` those of `aspect_arrays`; both are empty for the lexicon alone.
    """

    version: str
    parts: dict[str, Any] = field(default_factory=dict)
    aspects: dict[str, NDArray[Any]] = field(default_factory=dict)

    def model(self, scorer: LexiconScorer, features: AspectFeatures) -> SentimentModel:
        """Return the model, ready to read by the word lists `scorer` and `features`."""
        if not self.parts:
            return SentimentModel(scorer, version=self.version)
        stored = self.parts
        return SentimentModel(
            scorer=scorer,
            version=self.version,
            aspects=LearnedAspects(AspectClassifier(features, **self.aspects)) if self.aspects else None,
            ngram_logit=_ngram_logit(stored["ngram_logit"]),
            short=Calibration(*stored["short"]),
            long=Calibration(*stored["long"]),
            subjectivity=_ngram_logit(stored["subjectivity"]) if stored["subjectivity"] else None,
            calibrated=stored["calibrated"],
            is_tested=stored["is_tested"],
        )


def read_model(folder: Path) -> StoredModel:
    """Read a model back from its `folder`."""
    return StoredModel(folder.name, stored_parts(folder), aspect_arrays(folder))


def _ngram_logit(sparse: Sparse) -> NgramLogit:
    return NgramLogit(dense_weights(sparse), sparse[2])
