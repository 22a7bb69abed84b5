"""Files of a home and of drops are data: nothing unpickles, evaluates or hands a text to a shell."""

import ast
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.import_graph import ROOT
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.feedback.whole_models import broken_models, is_whole

ROOMS = ("models", "pipelines", "dags", "tools", "benchmarks")
RUNNING = frozenset(
    {
        "pickle",
        "cPickle",
        "_pickle",
        "dill",
        "cloudpickle",
        "joblib",
        "marshal",
        "shelve",
        "jsonpickle",
        "code",
        "runpy",
    }
)
"""Modules that make code, or objects of any class, out of bytes."""
CALLED = frozenset(
    {"eval", "exec", "compile", "__import__", "system", "popen", "read_pickle", "to_pickle", "load_module"}
)
SAFE_LOADERS = frozenset({"SafeLoader", "CSafeLoader"})


def faults(text: str) -> Iterator[str]:
    """What a module imports or calls that would run what it reads."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = {alias.name.partition(".")[0] for alias in node.names}
            yield from sorted(f"import {name}" for name in names & RUNNING)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in RUNNING:
            yield f"from {node.module}"
        elif isinstance(node, ast.Call):
            yield from _call_faults(node)


def _call_faults(node: ast.Call) -> Iterator[str]:
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    owner = called.value.id if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) else ""
    given = {word.arg: word.value for word in node.keywords}
    if name in CALLED and owner != "re":
        yield f"{name}()"
    if owner == "yaml" and name in ("load", "load_all", "unsafe_load", "full_load"):
        loader = given.get("Loader") or (node.args[1] if len(node.args) > 1 else None)
        if not (isinstance(loader, ast.Attribute) and loader.attr in SAFE_LOADERS):
            yield f"yaml.{name} without a safe loader"
    for word in ("shell", "allow_pickle"):
        value = given.get(word)
        if value is not None and not (isinstance(value, ast.Constant) and value.value is False):
            yield f"{name}({word}=…)"


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_that_is_read_can_run(room: str) -> None:
    found = {}
    for path in sorted((ROOT / room).rglob("*.py")):
        if wrong := list(faults(path.read_text(encoding="utf-8"))):
            found[path.relative_to(ROOT).as_posix()] = wrong
    assert not found


@pytest.mark.parametrize(
    "text",
    [
        "import joblib",
        "import pickle as p",
        "from cloudpickle import loads",
        "import a, marshal",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=wanted)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.Loader)",
        "yaml.unsafe_load(text)",
        "pd.read_pickle(path)",
        "subprocess.run(line, shell=True)",
        "os.system(line)",
        "eval(text)",
        "exec(compile(text, 'x', 'exec'))",
        "__import__(name)",
    ],
)
def test_what_would_run_is_found(text: str) -> None:
    assert list(faults(text))


@pytest.mark.parametrize(
    "text",
    [
        "import json",
        "re.compile('x')",
        "np.load(path)",
        "np.load(path, allow_pickle=False)",
        "yaml.load(text, Loader=yaml.CSafeLoader)",
        "yaml.safe_load(text)",
        "subprocess.run([program, line], check=True)",
        "frame.eval_metric",
    ],
)
def test_what_only_reads_is_not(text: str) -> None:
    assert not list(faults(text))


class Planted:
    """Leaves a file where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self._mark,))


@pytest.mark.parametrize("how", ["an array of objects", "a pickle"])
def test_a_model_file_that_holds_code_is_set_aside_and_never_run(tmp_path: Path, how: str) -> None:
    home, mark = Home(tmp_path / "home"), tmp_path / "ran"
    model = home.models / "sentiment" / "2026-11-20-0123456789ab"
    model.mkdir(parents=True)
    numbers = {"intercept": 0.0, "lexicon": 1.0, "student": 1.0}
    settings = {"intercept": 0.0, "short": numbers, "long": numbers, "calibrated": True, "is_tested": True}
    (model / "metrics.json").write_text(str(settings).replace("'", '"').replace("True", "true"), encoding="utf-8")
    np.save(model / "buckets.npy", np.array([1], dtype=np.uint32))
    np.save(model / "weights.npy", np.array([1.0], dtype=np.float32))
    assert is_whole(model)
    for file in (model / "weights.npy", model / "metrics.json"):
        if file.suffix == ".npy" and how == "an array of objects":
            np.save(file, np.array([Planted(mark)], dtype=object), allow_pickle=True)
        elif file.suffix == ".npy":
            file.write_bytes(pickle.dumps(Planted(mark)))
        else:
            # Written anew, so that it is looked at anew.
            file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert not is_whole(model)
    assert [fault.path for fault in broken_models(home)] == ["models/sentiment/2026-11-20-0123456789ab/metrics.json"]
    assert not mark.exists()
