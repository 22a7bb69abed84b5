"""Reads what a Python file offers to others, from its syntax alone: nothing is imported and nothing runs."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "xuanpin"
Function = ast.FunctionDef | ast.AsyncFunctionDef
BOUND = ("self", "cls")


@dataclass(frozen=True)
class Entry:
    """One public class, function or method.

    name: dotted inside its module; signature: as a reader would type it; doc: cleaned docstring, "" without one;
    parameters: names to be explained, that is all but those named like their type (`night: Night`), and none of a verb
    of the command line, whose options carry their own help; raised: names of the exceptions that its own body raises;
    around: docstring of the class of a method, "" for anything else.
    """

    name: str
    signature: str
    doc: str
    parameters: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()
    around: str = ""


@dataclass(frozen=True)
class Module:
    """One public module. part: its folder below the top-level one, "" when there is none; entries in file order."""

    name: str
    part: str
    doc: str
    entries: tuple[Entry, ...]


def import_name(path: Path, root: Path = ROOT) -> str:
    """Name the module of the file `path` below `root` as an import statement does, with the import package if any."""
    inside = path.relative_to(root).with_suffix("")
    parts = inside.parts[:-1] if inside.name == "__init__" else inside.parts
    is_linked = (root / PACKAGE / parts[0]).exists()
    return ".".join((PACKAGE, *parts) if is_linked else parts)


def read_folder(folder: str, root: Path = ROOT) -> list[Module]:
    """Read every public module below the top-level `folder` of `root`, sorted by part and name."""
    paths = [path for path in (root / folder).rglob("*.py") if _is_public_file(path)]
    modules = [read_module(path, root) for path in paths]
    return sorted(modules, key=lambda module: (module.part, module.name))


def read_module(path: Path, root: Path = ROOT) -> Module:
    """Read the public classes, functions and methods of the file `path` below `root`."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    folders = path.relative_to(root).parts[1:-1]
    return Module(import_name(path, root), "/".join(folders), _doc(tree), tuple(_entries(tree)))


def _is_public_file(path: Path) -> bool:
    return path.name == "__init__.py" or not path.name.startswith("_")


def _entries(tree: ast.Module) -> Iterator[Entry]:
    for node in tree.body:
        if isinstance(node, Function) and _is_public(node.name):
            yield _function(node)
        elif isinstance(node, ast.ClassDef) and _is_public(node.name):
            yield _class(node)
            yield from _methods(node)


def _methods(node: ast.ClassDef) -> Iterator[Entry]:
    seen = set()
    for member in node.body:
        # A property and its setter, or the overloads of a function, share a name: the first one speaks for them.
        if isinstance(member, Function) and _is_public(member.name) and member.name not in seen:
            seen.add(member.name)
            yield _function(member, node)


def _function(node: Function, owner: ast.ClassDef | None = None) -> Entry:
    name = f"{owner.name}.{node.name}" if owner else node.name
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    signature = name if _is_property(node) else f"{name}({ast.unparse(_unbound(node.args))})"
    around = _doc(owner) if owner else ""
    parameters = () if _is_verb(node) else _unexplained(node.args)
    return Entry(name, signature + returns, _doc(node), parameters, _raised(node), around)


def _class(node: ast.ClassDef) -> Entry:
    made = next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None)
    if made is not None:
        signature = f"class {node.name}({ast.unparse(_unbound(made.args))})"
        return Entry(node.name, signature, _doc(node), _unexplained(made.args))
    fields = [item for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)]
    inside = ", ".join(ast.unparse(field) for field in fields) or ", ".join(ast.unparse(base) for base in node.bases)
    names = tuple(
        ast.unparse(field.target) for field in fields if not _is_plain(ast.unparse(field.target), field.annotation)
    )
    return Entry(node.name, f"class {node.name}({inside})", _doc(node), names)


def _unexplained(arguments: ast.arguments) -> tuple[str, ...]:
    """Return the names of the parameters that a docstring should explain."""
    optional = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *optional]
    return tuple(each.arg for each in listed if each.arg not in BOUND and not _is_plain(each.arg, each.annotation))


def _is_plain(name: str, annotation: ast.expr | None) -> bool:
    return annotation is not None and ast.unparse(annotation).lower() == name.replace("_", "")


def _unbound(arguments: ast.arguments) -> ast.arguments:
    """Leave out `self` or `cls`, which no caller writes."""
    kept = ast.arguments(**dict(ast.iter_fields(arguments)))
    kept.args = [argument for argument in arguments.args if argument.arg not in BOUND]
    return kept


def _is_verb(node: Function) -> bool:
    """Say whether a function is a verb of the command line: its docstring is the help that a user reads."""
    called = [each.func for each in node.decorator_list if isinstance(each, ast.Call)]
    return any(isinstance(each, ast.Attribute) and each.attr == "command" for each in called)


def _is_property(node: Function) -> bool:
    return any(ast.unparse(each).endswith("property") for each in node.decorator_list)


def _raised(node: Function) -> tuple[str, ...]:
    found = [each.exc for each in ast.walk(node) if isinstance(each, ast.Raise) and each.exc is not None]
    names = [ast.unparse(each.func).rsplit(".", 1)[-1] for each in found if isinstance(each, ast.Call)]
    # A lower-case name is a helper that builds the error; which one cannot be read off here.
    return tuple(dict.fromkeys(name for name in names if name[0].isupper()))


def _doc(node: ast.Module | ast.ClassDef | Function) -> str:
    text = ast.get_docstring(node, clean=False)
    return inspect.cleandoc(text) if text else ""


def _is_public(name: str) -> bool:
    return not name.startswith("_")
