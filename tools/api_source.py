"""Reads what a Python file offers to others, from its syntax alone: nothing is imported and nothing runs."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "xuanpin"
Function = ast.FunctionDef | ast.AsyncFunctionDef
BOUND = ("self", "cls")
KEEPS = "Implements "
"""How the docstring of a class begins that keeps the promises of a protocol."""


@dataclass(frozen=True)
class Entry:
    """One public class, function or method.

    name: dotted inside its module; signature: as a reader would type it; doc: cleaned docstring, "" without one;
    parameters: names to be explained; raised: names of the exceptions that its own body raises; around: docstring of
    the class of a method, "" for anything else; is_promised: whether that class implements a protocol, which says what
    the method does.

    What is named like its type (`night: Night`, `problem: ChoiceProblem`, `columns: list[Column]`) is left out, for the
    type says what it is. So is a field with a description or a docstring of its own, and all of a verb of the command
    line, whose options carry their own help.
    """

    name: str
    signature: str
    doc: str
    parameters: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()
    around: str = ""
    is_promised: bool = False


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
    return Entry(name, signature + returns, _doc(node), parameters, _raised(node), around, around.startswith(KEEPS))


def _class(node: ast.ClassDef) -> Entry:
    made = next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None)
    if made is not None:
        signature = f"class {node.name}({ast.unparse(_unbound(made.args))})"
        return Entry(node.name, signature, _doc(node), _unexplained(made.args))
    fields = [item for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)]
    inside = ", ".join(map(_shown, fields)) or ", ".join(ast.unparse(base) for base in node.bases)
    named = {ast.unparse(field.target): field for field in fields if not _is_described(field, node)}
    names = tuple(name for name, field in named.items() if not _is_plain(name, field.annotation))
    return Entry(node.name, f"class {node.name}({inside})", _doc(node), names)


def _shown(field: ast.AnnAssign) -> str:
    """Return a field as callers see it: of a field() with metadata only the default matters to them."""
    value = field.value
    if isinstance(value, ast.Call) and any(word.arg == "metadata" for word in value.keywords):
        value = next((word.value for word in value.keywords if word.arg == "default"), None)
    return ast.unparse(ast.AnnAssign(field.target, field.annotation, value, field.simple))


def _is_described(field: ast.AnnAssign, owner: ast.ClassDef) -> bool:
    """Say whether a field has a `description` in its default, or a docstring below it."""
    after = owner.body[owner.body.index(field) + 1 :][:1]
    is_told = any(isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant) for item in after)
    return is_told or (
        isinstance(field.value, ast.Call) and any(word.arg == "description" for word in field.value.keywords)
    )


def _unexplained(arguments: ast.arguments) -> tuple[str, ...]:
    """Return the names of the parameters that a docstring should explain."""
    optional = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *optional]
    return tuple(each.arg for each in listed if each.arg not in BOUND and not _is_plain(each.arg, each.annotation))


def _is_plain(name: str, annotation: ast.expr | None) -> bool:
    """Say whether a name repeats the first or last words of its class, alone or as the plural of what is listed."""
    while isinstance(annotation, ast.BinOp) and ast.unparse(annotation.right) == "None":
        annotation = annotation.left
    if isinstance(annotation, ast.Subscript):
        held = annotation.slice.elts[0] if isinstance(annotation.slice, ast.Tuple) else annotation.slice
        return any(_is_plain(one, held) for one in (name.removesuffix("s"), name.removesuffix("es"), name))
    if not isinstance(annotation, ast.Name):
        return False
    type_words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", annotation.id).lower()
    return type_words == name or type_words.startswith(f"{name}_") or type_words.endswith(f"_{name}")


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
