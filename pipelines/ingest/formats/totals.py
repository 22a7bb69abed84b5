"""Tells rows that are no data: sums, counts of rows, and who exported a table when, above or below its pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from xuanpin.pipelines.ingest.formats.header import Header, Wanted
from xuanpin.pipelines.ingest.formats.records import BLANKS

_WHICH = ("本页", "本表", "全部", "订单", "金额", "数量", "当前", "当前页", "总")
_SUMS = ("合计", "总计", "小计", "共计", "汇总", "累计")
_ENGLISH_SUMS = ("grand total", "total", "totals", "subtotal", "subtotals", "sub total", "sum")
LABELS = (
    "导出时间", "导出日期", "导出人", "导出账号", "导出条件", "导出范围", "下载时间", "下载日期", "下载人",
    "打印时间", "打印日期", "打印人", "制表", "统计时间", "统计日期", "统计周期", "统计区间", "统计范围", "统计口径",
    "生成时间", "生成日期", "查询时间", "查询日期", "查询条件", "报表时间", "报表日期", "数据时间", "数据日期",
    "数据来源", "数据截止", "截止时间", "截至", "审核人", "复核人", "操作人", "操作员", "经办人", "填表人", "填报人",
    "负责人", "总数", "总金额", "总数量", "总件数", "总订单数", "总条数", "订单数", "订单总数", "记录数", "记录总数",
    "备注", "注", "说明", "温馨提示", "exported", "export date", "export time", "generated", "printed", "report date",
    "report generated",
)  # fmt: skip
"""What the lines below a table say: each is a label and a colon, or a label alone."""
_NOTES = (
    "共 ?(?:计|有)? ?[0-9]",
    "第 ?[0-9]+ ?页",
    "page +[0-9]",
    "以上(?:为|是|数据|内容)",
    "以下空白",
    "[-=*]{3}",
    "——",
)
"""How other lines below a table begin."""
SUM = f"(?:(?:{'|'.join(_WHICH)})?(?:{'|'.join(_SUMS)})(?:金额|数量|件数)?|{'|'.join(_ENGLISH_SUMS)})"
LABEL = f"(?:{'|'.join(sorted(LABELS, reverse=True))})(?: ?(?:at|on|by|人))?"
NOTE = f"(?:{'|'.join(_NOTES)})"
"""Patterns, of characters and their bytes alike, with which rows of sums, labelled lines and other notes begin."""
BEGINNINGS = (*_WHICH, *_SUMS, *_ENGLISH_SUMS, *LABELS, "共", "第", "page", "以上", "以下", "--", "==", "**", "——")
"""The first characters of all of them."""

_COUNTED_SUM = "total (?:orders?|rows?|items?|records?|amount|quantity|qty|sales|count)"
_SUM = re.compile(f"{SUM}|{_COUNTED_SUM}", re.IGNORECASE)
_WITH_AMOUNT = re.compile(
    r"(.+?)\s*[:：]?\s*[(（]?\s*[￥¥]?[-+]?[\d,，.]+\s*(?:元|件|条|行|单|笔|个|份|orders?|rows?|items?)?[)）]?"
)
_COUNT = re.compile(
    r"共\s*(?:计|有)?\s*[\d,]+\s*(?:条|行|笔|单|件|个|项|页|份).*|第\s*\d+\s*页.*|page\s+\d+(?:\s*(?:of|/)\s*\d+)?",
    re.IGNORECASE,
)
_LABELLED = re.compile(rf"{LABEL}\s*(?:[:：].*|\d.*|)", re.IGNORECASE | re.DOTALL)
_ANY_LABEL = re.compile(r"[^:：]{1,12}[:：].*", re.DOTALL)
_ANY_DIGIT = re.compile(r"[0-9０-９]|^[-—/]+$")
_END = re.compile(r"以上(?:为|是|数据|内容).*|以下空白|[-=*—]{3,}.*")
_MOST_NOTES = 3
"""Cells that a line below a table has."""

NoRow = Literal["rows of sums", "notes below tables"]


def kind_of_no_row(fields: Sequence[str | None], header: Header, wanted: Wanted) -> NoRow | None:
    """Return what `fields` are if they are no row of the table: sums or a note; None for a row.

    Both begin with words that say so, leave the rest of the key empty, and fill no more than half of the columns; what
    stands beside a sum holds a number.
    """
    first = next((value for field in fields if (value := (field or "").strip(BLANKS))), "")
    if not first.lower().startswith(BEGINNINGS):
        return None
    values = [(field or "").strip(BLANKS) for field in fields]
    keys = [
        spot for spot, name in enumerate(header.names) if name.lower() in wanted.key and spot != values.index(first)
    ]
    filled = [value for value in values if value]
    if any(values[spot] for spot in keys if spot < len(values)) or 2 * len(filled) > len(header.names) + 1:
        return None
    if is_sum(filled[0]) and all(_ANY_DIGIT.search(value) or is_sum(value) for value in filled[1:]):
        return "rows of sums"
    return "notes below tables" if _are_notes(filled, header) else None


def is_sum(value: str) -> bool:
    """Tell whether a first `value` says that sums follow, or is a sum with its amount: 合计, 本页合计：1,234.00元."""
    bare = value.rstrip(":：").rstrip(BLANKS)
    amount = _WITH_AMOUNT.fullmatch(value)
    return any(_SUM.fullmatch(text.rstrip(":： ")) for text in (bare, amount[1] if amount else bare))


def _are_notes(filled: Sequence[str], header: Header) -> bool:
    first, *others = filled
    if len(header.names) < _MOST_NOTES or len(filled) > _MOST_NOTES:
        return False
    is_note = _COUNT.fullmatch(first) or _LABELLED.fullmatch(first) or _END.fullmatch(first)
    return bool(is_note) and all(_ANY_LABEL.fullmatch(value) or _COUNT.fullmatch(value) for value in others)
