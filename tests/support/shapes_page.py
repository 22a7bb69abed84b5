"""Writes the pages that list the described exports and what happens to each: `python -m tests.support.shapes_page`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tests.support.shapes import Shape, read_shapes

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"en": ROOT / "docs" / "export-shapes.md", "zh": ROOT / "docs" / "zh" / "export-shapes.md"}
HEADS = {
    "en": """# Export shapes

*[中文](zh/export-shapes.md)*

How exports of common platforms look, and what `xuanpin connect` makes of each. A platform may change its export at any
time: what counts is the shape. Headers are those that platforms use; every row in the tests is invented
(`tests/support/export_shapes/`). `tests/integration/test_export_shapes.py` writes each as
the real file and connects it.

- **read**: each header is recognised, stays out, or is a question; none is taken wrongly without a question.
- **refused**: no row is loaded, and the message says what to do.

| platform | export | file | what happens |
| --- | --- | --- | --- |
""",
    "zh": """# 常见导出表

*[English](../export-shapes.md)*

常见平台导出的表长什么样，`xuanpin connect` 怎么处理。平台随时可能改导出，这里看的是样子。表头取自各平台，
测试里的数据都是编的（`tests/support/export_shapes/`）。
`tests/integration/test_export_shapes.py` 把每种表写成真实的文件再接入。

- **读入**：每个表头要么认出来，要么不读，要么发问；不会不问就认错。
- **拒收**：一行也不装载，提示里写明怎么办。

| 平台 | 导出 | 文件 | 怎么处理 |
| --- | --- | --- | --- |
""",
}
PLATFORMS = {
    "S2B2C 供应链平台": "S2B2C supply platform",
    "会员制电商": "membership shop",
    "平台打包下载": "platform download",
    "平台账单": "settlement bill",
    "微信存档工具": "WeChat archive tool",
    "微店": "Weidian",
    "快团团": "Kuaituantuan",
    "打单软件": "label printing",
    "抖店": "Douyin shop",
    "拼多多": "Pinduoduo",
    "接口导出": "API",
    "数据仓库": "data warehouse",
    "有赞": "Youzan",
    "海外店铺": "shop abroad",
    "淘宝千牛": "Taobao Qianniu",
    "电子表格另存": "saved by a spreadsheet",
    "电子表格粘贴": "pasted into a spreadsheet",
    "社区团购系统": "community buying system",
    "老式 ERP": "old ERP",
    "老式商城系统": "old shop system",
    "聚水潭": "Jushuitan ERP",
    "脚本导出": "script",
    "自建商城": "own shop system",
    "进销存软件": "stock ledger",
}
"""Names of platforms for readers of English; a name that is not here is one already."""
KINDS = {
    "html_xls": {"en": "web page as .xls", "zh": "网页存成 .xls"},
    "xml_spreadsheet": {"en": "XML as .xls", "zh": "XML 存成 .xls"},
    "locked": {"en": "xls with a password", "zh": "加密的 xls"},
    "headless": {"en": "csv without a header", "zh": "没有表头的 csv"},
    "semicolon": {"en": "csv with semicolons", "zh": "分号分隔的 csv"},
    "tsv": {"en": "tab-separated text", "zh": "制表符分隔的文本"},
    "zip": {"en": "zip of csv", "zh": "zip，内含 csv"},
    "jsonl": {"en": "JSON lines", "zh": "JSON，一行一条"},
    "json": {"en": "JSON document", "zh": "JSON 文件"},
}
WORDS = {
    "en": {
        "read": "read as `{table}`",
        "none": "of no table: left out, and said so",
        "fill": "empty cells of {names} repeat the value above",
        "goods": "{names} is split into its goods",
        "refused": "{names}: read by no decision",
        "missing": "not in the file: {names}",
        "asked": "asks about {names}",
        "no": "refused: {cure}",
        "between": "; ",
    },
    "zh": {
        "read": "读作 `{table}`",
        "none": "不属于任何表：不读，并说明",
        "fill": "{names} 的空格沿用上一行的值",
        "goods": "{names} 一格里的几件商品拆开读",
        "refused": "{names}：不参与任何决定",
        "missing": "文件里没有：{names}",
        "asked": "会问 {names}",
        "no": "拒收：{cure}",
        "between": "；",
    },
}


def page(language: str) -> str:
    """Return the page in `language`, "en" or "zh": a row for each described export, by platform."""
    shapes = sorted(read_shapes(), key=lambda shape: shape.platform)
    rows = [_row(shape, language) for _, group in groupby(shapes, key=lambda shape: shape.platform) for shape in group]
    return HEADS[language] + "\n".join(rows) + "\n"


def _row(shape: Shape, language: str) -> str:
    kind = KINDS.get(shape.format, {}).get(language, shape.format)
    is_text = shape.format in ("csv", "tsv", "semicolon", "headless", "html_xls", "zip")
    file = f"{kind}, {shape.encoding.upper()}" if is_text else kind
    about = shape.about if language == "en" else shape.zh
    platform = PLATFORMS.get(shape.platform, shape.platform) if language == "en" else shape.platform
    return f"| {platform} | {about} | {file} | {WORDS[language]['between'].join(_happens(shape, language))} |"


def _happens(shape: Shape, language: str) -> Iterator[str]:
    words = WORDS[language]
    if shape.outcome == "refused":
        yield words["no"].format(cure=shape.cure if language == "en" else shape.cure_zh)
        return
    yield words["none"] if shape.table == "none" else words["read"].format(table=shape.table)
    named = {
        "fill": shape.fill_down,
        "goods": tuple(header for header, meant in shape.truth.items() if "goods" in meant),
        "refused": tuple(header for header, meant in shape.truth.items() if meant[0] == "refused"),
        "missing": shape.missing,
        "asked": tuple(name for name in shape.questions if name not in shape.missing),
    }
    for word, names in named.items():
        if names:
            yield words[word].format(names=", ".join(f"`{name}`" for name in names))


def main() -> None:
    """Write both pages."""
    for language, path in PAGES.items():
        path.write_text(page(language), encoding="utf-8")


if __name__ == "__main__":
    main()
