"""No decision reads commission, downline or recruiting: neither SQL, nor models, nor the pipelines that decide."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xuanpin.pipelines.contracts.documents import FORBIDDEN

ROOT = Path(__file__).resolve().parents[2]
# Where rows come in and are kept for audits, what the contracts say of them, what refuses or leaves out their headers
# by the words of the contracts, and the demo's own world.
MAY_NAME = re.compile(
    r"pipelines/((contracts|demo)/\w+|ingest/refused_headers|connect/recognition/(dictionary|tables))\.py"
)


def names_in_python(text: str) -> Iterator[str]:
    tree = ast.parse(text)
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg | ast.keyword):
            yield node.arg or ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def forbidden_in(path: Path, text: str) -> list[Any]:
    words = names_in_python(text) if path.suffix == ".py" else [re.sub(r"--.*", "", text)]
    return sorted({match.group().lower() for word in words for match in FORBIDDEN.finditer(word)})


def deciding_files() -> list[Any]:
    files = [*(ROOT / "sql").rglob("*.sql"), *(ROOT / "models").rglob("*.py"), *(ROOT / "pipelines").rglob("*.py")]
    return [path for path in files if not MAY_NAME.fullmatch(path.relative_to(ROOT).as_posix())]


def test_no_decision_names_a_forbidden_column() -> None:
    assert len(deciding_files()) > 20
    found = {
        path.relative_to(ROOT).as_posix(): words
        for path in deciding_files()
        if (words := forbidden_in(path, path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("int_x.sql", "select p.commission_rate from x -- a comment", ["commission"]),
        ("int_x.sql", "select sku_id from x -- the commission stays behind", []),
        ("score.py", "rates = table['佣金率']", ["佣金"]),
        ("score.py", "weight = agents.downline_count", ["downline"]),
        ("score.py", '"""Commission appears nowhere."""\nvalue = 1', []),
    ],
)
def test_the_search_finds_a_name_and_spares_a_remark(name: str, text: str, words: list[str] | list[Any]) -> None:
    assert forbidden_in(Path(name), text) == words
