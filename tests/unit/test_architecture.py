"""Arrows go one way: dags → pipelines → models, sql, data_contracts; read off the import statements."""

import ast
import pkgutil
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.import_graph import ROOT, circle, crossings, house
from xuanpin.pipelines.nightly import STEPS

OURS = {"dags", "pipelines", "models", "sql", "data_contracts", "benchmarks", "tools"}
ALLOWED = {
    "dags": {"dags", "pipelines"},
    "pipelines": {"pipelines", "models", "sql", "data_contracts"},
    "models": {"models"},
    "sql": set(),
    "data_contracts": set(),
}
# Libraries that only one room may know: everybody else goes through that room.
ONLY_IN = {
    "duckdb": ("pipelines/engine/",),
    "great_expectations": ("pipelines/quality/",),
    "airflow": ("dags/",),
    "openlineage": ("pipelines/lineage/",),
}

LONGEST_FILE, LONGEST_FUNCTION = 320, 60
"""Lines; most are far shorter, and what comes near them is better split."""


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@cache
def imported(path: Path) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write the full path"
            names.add(node.module or "")
    return frozenset(names)


def room(name: str) -> str:
    """The room of an imported module; a bare room is told by its dot, since only `xuanpin.…` is ours."""
    first, _, rest = name.partition(".")
    return rest.split(".")[0] if first == "xuanpin" else first


def test_everything_is_imported_by_the_one_name() -> None:
    for package in ALLOWED:
        for path in modules(package):
            bare = {name for name in imported(path) if name.split(".")[0] in ALLOWED}
            assert not bare, f"{path.relative_to(ROOT)} imports {sorted(bare)}; write xuanpin.…"


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_a_package_imports_only_what_lies_below_it(package: Any) -> None:
    for path in modules(package):
        ours = {room(name) for name in imported(path)} & OURS
        assert ours <= ALLOWED[package], f"{path.relative_to(ROOT)} imports {sorted(ours - ALLOWED[package])}"


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_stays_in_its_room(library: Any) -> None:
    for package in ALLOWED:
        for path in modules(package):
            where = path.relative_to(ROOT).as_posix()
            if library in {name.split(".")[0] for name in imported(path)}:
                assert where.startswith(ONLY_IN[library]), f"{where} imports {library}"


def test_models_do_no_input_or_output_and_know_no_clock() -> None:
    forbidden = {"sqlite3", "time", "socket", "urllib", "requests", "subprocess", "logging"}
    for path in modules("models"):
        found = {name.split(".")[0] for name in imported(path)} & forbidden
        assert not found, f"{path.relative_to(ROOT)} imports {sorted(found)}"


def test_dag_files_are_wiring() -> None:
    for path in modules("dags"):
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines < 80, f"{path.relative_to(ROOT)} has {lines} lines"


def test_every_step_of_the_night_can_be_found() -> None:
    assert len({step.name for step in STEPS}) == len(STEPS)
    for step in STEPS:
        assert callable(pkgutil.resolve_name(step.function)), step.function


def test_the_map_has_every_folder_and_the_steps_in_their_order() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in (ROOT / "pipelines").glob("*/__init__.py")}
    assert {name for name in folders if f"`{name}/`" not in text} == set()
    beside = {path.name for path in (ROOT / "pipelines").glob("*.py")} - {"__init__.py"}
    assert {name for name in beside if f"`{name}`" not in text} == set()
    steps_of_a_night = text.partition("### The steps of a night")[2].partition("###")[0]
    rows = [row.split(", ") for row in re.findall(r"^\| `\w+/` \| ([a-z_, ]+) \|", steps_of_a_night, re.M)]
    order = [step.name for step in STEPS]
    assert sorted(name for row in rows for name in row) == sorted(order)
    assert sorted(rows, key=lambda row: order.index(row[0])) == rows


def test_a_graph_with_a_circle_is_told_from_one_without() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}


def test_an_import_across_folders_is_found() -> None:
    graph = {"xuanpin.pipelines.one.step": {"xuanpin.pipelines.two.step", "xuanpin.pipelines.engine"}}
    assert crossings(graph, "pipelines", {"one", "two"}) == ["xuanpin.pipelines.one.step → xuanpin.pipelines.two.step"]
    assert crossings(graph, "pipelines", {"one", "three"}) == []


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = house()
    assert graph["xuanpin.pipelines.nightly"], "the graph is empty"
    assert circle(graph) == []


def test_a_step_imports_no_other_step() -> None:
    from xuanpin.pipelines.nightly import STEPS

    folders = {step.function.split(".")[2] for step in STEPS}
    assert len(folders) > 5
    assert crossings(house(), "pipelines", folders) == []


def test_the_parts_of_the_mathematics_import_nothing_of_each_other() -> None:
    parts = {path.name for path in (ROOT / "models").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert {"text", "risk", "affinity", "assortment", "matching", "evaluation"} <= parts
    assert crossings(house(), "models", parts) == []


def test_no_test_rests_on_a_benchmark() -> None:
    for path in modules("tests"):
        ours = {name.split(".")[0] for name in imported(path)}
        assert "benchmarks" not in ours, f"{path.relative_to(ROOT)} imports benchmarks; worlds live in tests/support"


def test_files_and_functions_can_be_read_at_a_sitting() -> None:
    for path in (path for package in ALLOWED for path in modules(package)):
        text = path.read_text(encoding="utf-8")
        where = path.relative_to(ROOT)
        assert text.count("\n") <= LONGEST_FILE, where
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                assert lines <= LONGEST_FUNCTION, f"{where}: {node.name} has {lines} lines"
