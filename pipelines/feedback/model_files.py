"""One folder a model that reads chat: arrays beside a JSON file of its settings, named by its day and content."""

from __future__ import annotations

import hashlib
import json
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
from xuanpin.models.text.text_hashing import DIMENSIONS

_ASPECT_ARRAYS = ("buckets", "rarity", "weights", "intercepts", "thresholds")


def versions(folder: Path, day: date) -> list[str]:
    """The models of a folder trained for this day or an earlier one, oldest first."""
    names = [path.parent.name for path in folder.glob("*/metrics.json")]
    return sorted(name for name in names if name[:10] <= day.isoformat())


def save_model(folder: Path, day: date, model: SentimentModel, metrics: dict[str, Any]) -> None:
    """Write a model to `folder`, under the day and a hash of its content; metrics.json comes last and makes it exist.

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
        arrays |= {f"aspect_{name}": getattr(model.aspects.classifier, name) for name in _ASPECT_ARRAYS}
    content = json.dumps({**settings, "metrics": metrics}, sort_keys=True, indent=1).encode()
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays.values()) + content).hexdigest()[:12]
    target = folder / f"{day.isoformat()}-{digest}"
    target.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(target / f"{name}.npy", array)
    (target / "metrics.json").write_bytes(content)


def _sparse(ngram_logit: NgramLogit, prefix: str) -> dict[str, NDArray[Any]]:
    buckets = np.flatnonzero(ngram_logit.weights).astype(np.uint32)
    return {f"{prefix}buckets": buckets, f"{prefix}weights": ngram_logit.weights[buckets]}


def _stored(calibration: Calibration) -> dict[str, float]:
    """Numbers by the keys of release 0.1.0, so that a home's models outlive the names in the code."""
    return {"intercept": calibration.intercept, "lexicon": calibration.lexicon, "student": calibration.ngram_logit}


def _calibration(stored: dict[str, float]) -> Calibration:
    return Calibration(stored["intercept"], stored["lexicon"], stored["student"])


def load_model(folder: Path, scorer: LexiconScorer, features: AspectFeatures) -> SentimentModel:
    """Read a model back from its `folder`; the word lists (`scorer`, `features`) are not part of it."""
    settings = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    intercept = settings.get("voicing_intercept")
    return SentimentModel(
        scorer=scorer,
        ngram_logit=_load_ngram_logit(folder, "", settings["intercept"]),
        short=_calibration(settings["short"]),
        long=_calibration(settings["long"]),
        subjectivity=_load_ngram_logit(folder, "voicing_", intercept) if intercept is not None else None,
        version=folder.name,
        calibrated=settings["calibrated"],
        is_tested=settings["is_tested"],
        aspects=_load_aspects(folder, features),
    )


def _load_ngram_logit(folder: Path, prefix: str, intercept: float) -> NgramLogit:
    weights = np.zeros(DIMENSIONS, dtype=np.float32)
    weights[np.load(folder / f"{prefix}buckets.npy")] = np.load(folder / f"{prefix}weights.npy")
    return NgramLogit(weights, intercept)


def _load_aspects(folder: Path, features: AspectFeatures) -> LearnedAspects | None:
    if not (folder / "aspect_weights.npy").is_file():
        return None
    arrays = {name: np.load(folder / f"aspect_{name}.npy") for name in _ASPECT_ARRAYS}
    return LearnedAspects(AspectClassifier(features, **arrays))
