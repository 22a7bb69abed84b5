"""Reads the views that settings name: each is one SELECT over the rows of a drop, and can reach nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from xuanpin.pipelines.engine import Engine, foreign_parts
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.statements.view_functions import VIEW_FUNCTIONS, view_function
from xuanpin.pipelines.typed.paths import system_reason
from xuanpin.pipelines.typed.phrase import joined, phrase
from xuanpin.pipelines.typed.plain_files import is_special

DROP = "drop"
"""The name by which a view knows the rows of a drop."""
_ALLOWED = phrase(
    'a view is one SELECT over the relation "{drop}", with functions of its columns: it reads no '
    "other table or file, no setting, clock or chance, and changes nothing",
    drop=DROP,
)


def read_view(section: str, path: Path) -> str:
    """Return the text of the view at `path`, which the settings' `section` names, without its last semicolon.

    Raises UsageError where it cannot be read, is not one SELECT, or names anything beside the drop.
    """
    try:
        text = _text(path)
    except (OSError, UnicodeDecodeError) as error:
        problem = (
            phrase("is not UTF-8 text")
            if isinstance(error, UnicodeDecodeError)
            else phrase("cannot be read ({reason})", reason=system_reason(error))
        )
        raise UsageError(
            phrase(
                "{section} view: {path} {problem}; give its path relative to the settings file",
                section=section,
                path=path,
                problem=problem,
            )
        ) from error
    try:
        foreign = foreign_parts(text, DROP)
    except ValueError as error:
        raise UsageError(
            phrase(
                "{section} view {file} {error}; {allowed}",
                section=section,
                file=path.name,
                error=error,
                allowed=_ALLOWED,
            )
        ) from error
    if foreign:
        raise UsageError(
            phrase(
                "{section} view {file} asks for {foreign}; {allowed}",
                section=section,
                file=path.name,
                foreign=joined(foreign),
                allowed=_ALLOWED,
            )
        )
    return text


def named_in(view: str) -> tuple[frozenset[str], ...]:
    """Return the names in a view that may be headers of the drop, each in lower case and alone: the header of a file is
    the row that has most of them."""
    words = re.findall(r'"((?:[^"]|"")+)"|(\w+)', view)
    return tuple(frozenset({word}) for word in dict.fromkeys((quoted or bare).lower() for quoted, bare in words))


def add_view_functions(engine: Engine) -> None:
    """Let views that this engine runs call `read_time`, `read_number` and `read_goods`, each of one text.

    They read as the columns of a contract do; see `xuanpin.pipelines.ingest.statements.view_functions`.
    """
    for name in VIEW_FUNCTIONS:
        engine.execute(view_function(name))


def _text(path: Path) -> str:
    if is_special(path):
        raise OSError(0, phrase("it is a pipe, a device or a socket"))
    return path.read_text(encoding="utf-8").strip().rstrip(";")
