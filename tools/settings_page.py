"""Writes docs/settings.md from the settings themselves: `python -m tools.settings_page`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from pipelines.settings import Settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"


def settings_page() -> str:
    """Every key with its default and its meaning, one table a section."""
    lines = [
        "# Settings",
        "",
        "One TOML file, given as `--config`. Every key is optional. This page is written by `python -m tools.settings_page`.",
    ]
    for name, field in Settings.model_fields.items():
        section = field.annotation
        assert isinstance(section, type) and issubclass(section, BaseModel)
        lines += ["", f"## `[{name}]`", "", (section.__doc__ or "").strip(), ""]
        if section.model_fields:
            lines += ["| key | default | meaning |", "| --- | --- | --- |"]
        for key, setting in section.model_fields.items():
            lines.append(f"| `{key}` | `{setting.get_default(call_default_factory=True)}` | {setting.description} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
