"""Writes docs/settings.md and docs/zh/settings.md from the settings themselves: `python -m tools.settings_page`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from xuanpin.pipelines.contracts.dictionary import markdown_table
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.chinese import chinese_settings
from xuanpin.pipelines.settings.notify import NotifyChannel
from xuanpin.pipelines.settings.running import ChatTable, SourceTable

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES: Mapping[Language, Path] = {"en": DOCS / "settings.md", "zh": DOCS / "zh" / "settings.md"}
TOPS: Mapping[Language, str] = {
    "en": """# Settings

*[中文](zh/settings.md)*

One TOML file, given as `--config`. Every key is optional. `python -m tools.settings_page` writes this page.
""",
    "zh": """# 设置

*[English](../settings.md)*

设置写在一个 TOML 文件里，用 `--config` 指定；每个键都可以不写，不写就用默认值。
本页由 `python -m tools.settings_page` 生成，请勿直接修改。
""",
}
COLUMNS: Mapping[Language, tuple[str, ...]] = {
    "en": ("key", "中文", "default", "meaning"),
    "zh": ("键", "名称", "默认值", "含义"),
}


def sections() -> dict[str, type[BaseModel]]:
    """Every section by its heading in the file."""
    tables = {"sources.tables.<table>": SourceTable, "sources.tables.chat_messages": ChatTable}
    return dict(_below("", Settings)) | {"notify.channels.<channel>": NotifyChannel} | tables


def _below(heading: str, section: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """The sections in a section with their headings, those of the source tables left out, which have one form."""
    for key, field in section.model_fields.items():
        if (kind := _section_of(field)) is not None and key != "tables":
            name = f"{heading}.{key}".lstrip(".")
            yield name, kind
            yield from _below(name, kind)


def _section_of(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def own_fields(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a section that are no sections and that no section before it has."""
    shared = SourceTable.model_fields if section is ChatTable else {}
    fields = {key: field for key, field in section.model_fields.items() if key not in shared}
    return {key: field for key, field in fields.items() if _section_of(field) is None}


def settings_page(language: Language) -> str:
    """Every key with its default and its meaning in a `language`, one table a section."""
    filled = ((name, section) for name, section in sections().items() if section.model_fields)
    return TOPS[language] + "".join(_section(name, section, language) for name, section in filled)


def _section(name: str, section: type[BaseModel], language: Language) -> str:
    told = chinese_settings()[name]
    meaning, title = (told.meaning, f" {told.title}") if language == "zh" else ((section.__doc__ or "").strip(), "")
    return f"\n## `[{name}]`{title}\n\n{meaning}\n\n{markdown_table(COLUMNS[language], _rows(name, section, language))}"


def _rows(name: str, section: type[BaseModel], language: Language) -> Iterator[tuple[str, ...]]:
    for key, field in own_fields(section).items():
        told = chinese_settings()[name].keys[key]
        meaning = told.meaning if language == "zh" else str(field.description)
        yield f"`{key}`", told.title, f"`{field.get_default(call_default_factory=True)}`", meaning


if __name__ == "__main__":
    for shown, page in PAGES.items():
        page.parent.mkdir(exist_ok=True)
        page.write_text(settings_page(shown), encoding="utf-8")
