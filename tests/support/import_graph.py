"""Which file of the house imports which, read off the import statements, those inside functions included."""

import ast
from collections.abc import Collection, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("dags", "pipelines", "models", "sql", "data_contracts")
Graph = dict[str, set[str]]


@cache
def house() -> Graph:
    """The import graph of all rooms: a module's name, as `xuanpin.…`, and the names of our modules that it imports."""
    files = {module_name(path.relative_to(ROOT)): path for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    return {name: set(_imports(path.read_text(encoding="utf-8"), files.keys())) for name, path in files.items()}


def module_name(path: Path) -> str:
    """The name by which a file of a room is imported; a package's `__init__` goes by the package's name."""
    parts = path.with_suffix("").parts
    return ".".join(["xuanpin", *(parts[:-1] if parts[-1] == "__init__" else parts)])


def circle(graph: Graph) -> list[str]:
    """One circle of imports, its first module again at the end; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def crossings(graph: Graph, room: str, folders: set[str]) -> list[str]:
    """Imports between these folders of a room, as `importer → imported`."""
    found = []
    for name, imported in graph.items():
        here = _folder(name, room)
        there = {other: _folder(other, room) for other in imported}
        if here in folders:
            found += [f"{name} → {other}" for other, folder in there.items() if folder in folders - {here}]
    return sorted(found)


def _folder(name: str, room: str) -> str:
    first, _, rest = name.partition(f"xuanpin.{room}.")
    return rest.split(".")[0] if not first else ""


def _imports(text: str, known: Collection[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from package import name` imports the module of that name where there is one, else the package itself.
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from {name if name in known else node.module for name in names} & set(known)
