"""Reads the views that settings name: each is one SELECT over the rows of a drop, and can reach nothing else."""

from __future__ import annotations

from pathlib import Path

from xuanpin.pipelines.engine import foreign_parts
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.plain_files import is_special

DROP = "drop"
"""The name by which a view knows the rows of a drop."""
_ALLOWED = (
    f'a view is one SELECT over the relation "{DROP}", with functions of its columns: it reads no other table or file, '
    "no setting, clock or chance, and changes nothing"
)


def read_view(section: str, path: Path) -> str:
    """Return the text of the view at `path`, which the settings' `section` names, without its last semicolon.

    Raises UsageError where it cannot be read, is not one SELECT, or names anything beside the drop.
    """
    try:
        text = _text(path)
    except (OSError, UnicodeDecodeError) as error:
        problem = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else f"cannot be read ({error.strerror})"
        raise UsageError(f"{section} view: {path} {problem}; give its path relative to the settings file") from error
    try:
        foreign = foreign_parts(text, DROP)
    except ValueError as error:
        raise UsageError(f"{section} view {path.name} {error}; {_ALLOWED}") from error
    if foreign:
        raise UsageError(f"{section} view {path.name} asks for {', '.join(foreign)}; {_ALLOWED}")
    return text


def _text(path: Path) -> str:
    if is_special(path):
        raise OSError(0, "it is a pipe, a device or a socket")
    return path.read_text(encoding="utf-8").strip().rstrip(";")
