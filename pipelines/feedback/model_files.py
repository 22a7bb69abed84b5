"""One folder a model that reads chat: arrays beside a JSON file of its settings, named by its day and content."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from datetime import date
from functools import cache
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
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.home_files import UNREADABLE, SetAside
from xuanpin.pipelines.typed.plain_files import require_plain

METRICS = "metrics.json"
_BROKEN = (
    "the model cannot be loaded (damaged, half written or edited), so it is not used; move its folder out of the home, "
    "or put it back from a copy"
)
_ASPECT_ARRAYS = ("buckets", "rarity", "weights", "intercepts", "thresholds")


def versions(folder: Path, day: date) -> list[str]:
    """The whole models of a folder trained for this day or an earlier one, oldest first."""
    return sorted(path.name for path in _folders(folder) if path.name[:10] <= day.isoformat() and is_whole(path))


def broken_models(home: Home) -> list[SetAside]:
    """Return the models of a home that cannot be loaded, which are not used; one without metrics.json never was one."""
    broken = [path for folder in sorted(home.models.glob("*")) for path in _folders(folder) if not is_whole(path)]
    return [SetAside((path / METRICS).relative_to(home.root).as_posix(), _BROKEN) for path in broken]


def is_whole(folder: Path) -> bool:
    """Whether the model in `folder` can be loaded: its settings are there, and the arrays that belong to them."""
    try:
        require_plain(folder / METRICS, folder.parents[2])
        stamp = (folder / METRICS).stat().st_mtime_ns
    except OSError:
        return False
    return _is_loadable(folder, stamp)


@cache
def _is_loadable(folder: Path, stamp: int) -> bool:
    """Load a model for trial, once for each `stamp` of its settings."""
    try:
        date.fromisoformat(folder.name[:10])
        for file in (folder, *folder.iterdir()):
            require_plain(file, folder.parents[2])
        _parts(folder)
        _aspect_arrays(folder)
    except (*UNREADABLE, IndexError, EOFError):
        return False
    return True


def _folders(folder: Path) -> list[Path]:
    """Return the folders of models, finished or not, oldest first."""
    return sorted(path.parent for path in folder.glob(f"*/{METRICS}") if not path.parent.name.startswith("."))


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
        arrays |= {f"aspect_{name}": getattr(model.aspects.classifier, name) for name in _ASPECT_ARRAYS}
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


def _calibration(stored: dict[str, float]) -> Calibration:
    return Calibration(stored["intercept"], stored["lexicon"], stored["student"])


def load_model(folder: Path, scorer: LexiconScorer, features: AspectFeatures) -> SentimentModel:
    """Read a model back from its `folder`; the word lists (`scorer`, `features`) are not part of it."""
    arrays = _aspect_arrays(folder)
    aspects = LearnedAspects(AspectClassifier(features, **arrays)) if arrays else None
    return SentimentModel(scorer=scorer, version=folder.name, aspects=aspects, **_parts(folder))


def _parts(folder: Path) -> dict[str, Any]:
    """Read all of a model but its aspects, by the names of SentimentModel."""
    settings = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    intercept = settings.get("voicing_intercept")
    return {
        "ngram_logit": _load_ngram_logit(folder, "", settings["intercept"]),
        "short": _calibration(settings["short"]),
        "long": _calibration(settings["long"]),
        "subjectivity": _load_ngram_logit(folder, "voicing_", intercept) if intercept is not None else None,
        "calibrated": settings["calibrated"],
        "is_tested": settings["is_tested"],
    }


def _load_ngram_logit(folder: Path, prefix: str, intercept: float) -> NgramLogit:
    weights = np.zeros(DIMENSIONS, dtype=np.float32)
    weights[np.load(folder / f"{prefix}buckets.npy")] = np.load(folder / f"{prefix}weights.npy")
    return NgramLogit(weights, intercept)


def _aspect_arrays(folder: Path) -> dict[str, NDArray[Any]]:
    """Read the arrays of a model's classifier of aspects; none where it has no such classifier."""
    if not (folder / "aspect_weights.npy").is_file():
        return {}
    return {name: np.load(folder / f"aspect_{name}.npy") for name in _ASPECT_ARRAYS}
