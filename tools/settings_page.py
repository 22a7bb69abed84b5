"""Writes docs/settings.md from the settings themselves: `python -m tools.settings_page`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.running import SourceTable

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
HEAD = """# Settings

One TOML file, given as `--config`. Every key is optional. `python -m tools.settings_page` writes this page.
"""


def sections() -> dict[str, type[BaseModel]]:
    """Every section by its heading in the file."""
    named = {name: field.annotation for name, field in Settings.model_fields.items()}
    models = {name: kind for name, kind in named.items() if isinstance(kind, type) and issubclass(kind, BaseModel)}
    return models | {"sources.tables.<table>": SourceTable}


def settings_page() -> str:
    """Every key with its default and its meaning, one table a section."""
    return HEAD + "".join(_section(name, section) for name, section in sections().items() if section.model_fields)


def _section(name: str, section: type[BaseModel]) -> str:
    rows = [
        f"| `{key}` | `{field.get_default(call_default_factory=True)}` | {field.description} |\n"
        for key, field in section.model_fields.items()
        if key != "tables"
    ]
    doc = (section.__doc__ or "").strip()
    return f"\n## `[{name}]`\n\n{doc}\n\n| key | default | meaning |\n| --- | --- | --- |\n{''.join(rows)}"


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
