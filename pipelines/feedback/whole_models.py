"""Says which models that read chat are whole, without the code of the models: a run is named by them, and whoever only
names a run should not wait for libraries that learn."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xuanpin.models.text.text_encoding import DIMENSIONS
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.home_files import UNREADABLE, SetAside
from xuanpin.pipelines.typed.phrase import phrase
from xuanpin.pipelines.typed.plain_files import require_plain

Sparse = tuple[NDArray[np.uint32], NDArray[np.float32], float]
"""An n-gram logit as it is stored: the buckets that weigh anything, their weights, and the intercept."""
METRICS = "metrics.json"
_BROKEN = phrase(
    "the model cannot be loaded (damaged, half written or edited), so it is not used; move its "
    "folder out of the home, or put it back from a copy"
)
ASPECT_ARRAYS = ("buckets", "rarity", "weights", "intercepts", "thresholds")


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
        stored = stored_parts(folder)
        for sparse in (stored["ngram_logit"], stored["subjectivity"]):
            if sparse is not None:
                dense_weights(sparse)
        aspect_arrays(folder)
    except (*UNREADABLE, IndexError, EOFError):
        return False
    return True


def _folders(folder: Path) -> list[Path]:
    """Return the folders of models, finished or not, oldest first."""
    return sorted(path.parent for path in folder.glob(f"*/{METRICS}") if not path.parent.name.startswith("."))


def stored_parts(folder: Path) -> dict[str, Any]:
    """Read all of a model in `folder` but its aspects, as plain numbers and arrays by the names of SentimentModel.

    `ngram_logit` and `subjectivity` are Sparse (None for a model without the latter), `short` and `long` the numbers of
    a Calibration. Raises ValueError, KeyError, IndexError or OSError for files that are no model.
    """
    settings = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    intercept = settings.get("voicing_intercept")
    return {
        "ngram_logit": _sparse(folder, "", settings["intercept"]),
        "short": _calibration(settings["short"]),
        "long": _calibration(settings["long"]),
        "subjectivity": _sparse(folder, "voicing_", intercept) if intercept is not None else None,
        "calibrated": settings["calibrated"],
        "is_tested": settings["is_tested"],
    }


def aspect_arrays(folder: Path) -> dict[str, NDArray[Any]]:
    """Read the arrays of the classifier of aspects of the model in `folder`; none where it has no such classifier."""
    if not (folder / "aspect_weights.npy").is_file():
        return {}
    return {name: np.load(folder / f"aspect_{name}.npy") for name in ASPECT_ARRAYS}


def _calibration(stored: dict[str, float]) -> tuple[float, float, float]:
    return stored["intercept"], stored["lexicon"], stored["student"]


def dense_weights(sparse: Sparse) -> NDArray[np.float32]:
    """Return a weight for each of DIMENSIONS buckets. Raises IndexError or ValueError for what is no n-gram logit."""
    weights = np.zeros(DIMENSIONS, dtype=np.float32)
    weights[sparse[0]] = sparse[1]
    return weights


def _sparse(folder: Path, prefix: str, intercept: float) -> Sparse:
    return np.load(folder / f"{prefix}buckets.npy"), np.load(folder / f"{prefix}weights.npy"), intercept
