"""Writes docs/api.md from the docstrings of the code.

`python -m tools.api_page` writes the page, `--check` exits with 1 when the page is stale, and `--missing` lists public
functions whose docstring does not say all it should.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from tools.api_source import PACKAGE, ROOT, Entry, Module, read_folder, read_module

PAGE = Path("docs") / "api.md"
TABLE_OF_STEPS = Path("pipelines") / "nightly.py"
WIDTH = 110
HEAD = """# API

The public names of `models/` and the functions of the night's steps, as their docstrings describe them.
`python -m tools.api_page` writes this page.
"""


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Do what the command line `arguments` ask for on the tree at `root`; return the exit code."""
    if arguments == ["--missing"]:
        print(missing_report(root))
        return 0
    if arguments not in ([], ["--check"]):
        print("usage: python -m tools.api_page [--check | --missing]", file=sys.stderr)
        return 2
    written, page = root / PAGE, api_page(root)
    if not arguments:
        written.write_text(page, encoding="utf-8")
    elif not written.exists() or written.read_text(encoding="utf-8") != page:
        print(f"{PAGE} is stale; run `python -m tools.api_page` and commit the page", file=sys.stderr)
        return 1
    return 0


def api_page(root: Path = ROOT) -> str:
    """Return the whole page for the tree at `root`: the steps in their order, then the models by part."""
    steps = "".join(_step(name, module, entry) for name, module, entry in step_functions(root))
    parts = groupby(read_folder("models", root), key=lambda module: module.part)
    return f"{HEAD}\n## Steps of the night\n{steps}" + "".join(_part(part, list(modules)) for part, modules in parts)


def step_functions(root: Path = ROOT) -> Iterator[tuple[str, Module, Entry]]:
    """Yield name, module and entry of every `Step(name, "module:function", …)` of the tuple STEPS, in its order.

    Raises LookupError where the table names a function that its module does not offer.
    """
    tree = ast.parse((root / TABLE_OF_STEPS).read_text(encoding="utf-8"))
    for name, target in _named_steps(tree):
        place, _, function = target.partition(":")
        module = read_module(_file_of(place, root), root)
        entry = next((entry for entry in module.entries if entry.name == function), None)
        if entry is None:
            raise LookupError(f"step {name}: {place} has no public function {function}; correct {TABLE_OF_STEPS}")
        yield name, module, entry


def missing_report(root: Path = ROOT) -> str:
    """Return one line for each public name at `root` whose docstring lacks something, then the counts by kind."""
    modules = [*read_folder("models", root), *read_folder("pipelines", root)]
    found = [(module, entry, lack) for module in modules for entry in module.entries for lack in gaps(entry, module)]
    lines = [f"{module.name}.{entry.name}: {lack}" for module, entry, lack in found]
    kinds = Counter(lack.split(":")[0] for _, _, lack in found)
    lacking = len({(module.name, entry.name) for module, entry, _ in found})
    total = sum(len(module.entries) for module in modules)
    counts = [f"{count} × {kind}" for kind, count in sorted(kinds.items())]
    return "\n".join([*lines, f"{lacking} of {total} public names lack something", *counts])


def gaps(entry: Entry, module: Module) -> Iterator[str]:
    """Yield what the docstring of `entry` lacks: itself, parameters never mentioned, errors never mentioned.

    What the docstring of its `module` names in backticks is explained there for all its functions.
    """
    if not entry.doc:
        if not entry.is_promised:
            yield "no docstring"
        return
    text, shared = f"{entry.doc}\n{entry.around}".lower(), re.findall(r"`(\w+)`", module.doc)
    unexplained = [name for name in entry.parameters if name not in shared and not _is_mentioned(name, text)]
    if unexplained:
        yield f"parameters never mentioned: {', '.join(unexplained)}"
    unmentioned = [name for name in entry.raised if not _is_mentioned(name, text)]
    if unmentioned:
        yield f"errors never mentioned: {', '.join(unmentioned)}"


def _is_mentioned(name: str, text: str) -> bool:
    """Say whether lower-case prose has the name, as it is written or with spaces for its underscores."""
    words = name.strip("_").lower()
    return any(re.search(rf"\b{re.escape(form)}\b", text) for form in (words, words.replace("_", " ")))


def _named_steps(tree: ast.Module) -> Iterator[tuple[str, str]]:
    tables = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "STEPS"
    ]
    for node in (each for table in tables for each in ast.walk(table)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Step":
            arguments = [*node.args, *(word.value for word in node.keywords if word.arg in ("name", "function"))]
            texts = [each.value for each in arguments if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            yield texts[0], texts[1]


def _file_of(module: str, root: Path) -> Path:
    base = root.joinpath(*module.removeprefix(f"{PACKAGE}.").split("."))
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


def _step(name: str, module: Module, entry: Entry) -> str:
    return f"\n### {name}\n\nIn `{module.name}`. {_prose(module.doc)}\n{_entry(entry)}"


def _part(part: str, modules: Sequence[Module]) -> str:
    shown = [module for module in modules if module.doc or module.entries]
    return f"\n## models{f'/{part}' if part else ''}\n" + "".join(_module(module) for module in shown)


def _module(module: Module) -> str:
    return f"\n### `{module.name}`\n\n{_prose(module.doc)}\n" + "".join(_entry(entry) for entry in module.entries)


def _entry(entry: Entry) -> str:
    return f"\n```python\n{_wrapped(entry.signature)}\n```\n\n{_prose(entry.doc) or 'No docstring.'}\n"


def _wrapped(signature: str) -> str:
    """Put every parameter on a line of its own where one line would be too long."""
    opening, closing = signature.find("("), signature.rfind(")")
    if len(signature) <= WIDTH or opening < 0:
        return signature
    inside = "".join(f"    {parameter},\n" for parameter in _split(signature[opening + 1 : closing]))
    return f"{signature[: opening + 1]}\n{inside}{signature[closing:]}"


def _split(parameters: str) -> Iterator[str]:
    """Yield the parameters between commas that stand in no bracket and no quotes."""
    depth, quote, start = 0, "", 0
    for place, letter in enumerate(parameters):
        if quote or letter in "'\"":
            quote = "" if letter == quote else quote or letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == "," and depth == 0:
            yield parameters[start:place].strip()
            start = place + 1
    yield parameters[start:].strip()


def _prose(doc: str) -> str:
    """Keep mathematical signs from being read as Markdown; text in backticks is unchanged."""
    pieces = re.split(r"(`[^`]*`)", doc)
    return "".join(piece if piece.startswith("`") else re.sub(r"([*<\[\]])", r"\\\1", piece) for piece in pieces)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
