"""Ordinary and damaged values that replace cells, keys and arguments."""

from __future__ import annotations

from random import Random

SECRETS = ("13987654321", "欧阳小花", "wxid_geheim77", "浙江省杭州市西湖区文三路99号", "cust-geheim-778")
"""A phone, a name, an account, an address and a customer's id that stand in the drops and must reach no message."""

TIMES = (
    "2026-11-18 15:05:00", "2026-11-18T15:05:00Z", "2026-11-18 15:05:00 +0800", "2026/11/18 3:05 PM", "18/11/2026",
    "2026年11月18日 15时05分", "26-11-18", "0001-01-01", "1899-12-30", "1970-01-01 08:00:00", "9999-12-31 23:59:59",
    "0000-00-00 00:00:00", "infinity", "-infinity", "46344.63", "1763449500", "1763449500000", "2026-11-18 24:00:00",
    "2026-11-18 15:05:60", "2026-02-30", "Wed Nov 18 2026 15:05:00 GMT+0800 (中国标准时间)", "下午3:05",
    "NaT", "null",
    "2026-11-18 15:05:00 PST", "２０２６-１１-１８", "2026-11-18 15:05:00.123456789", "294247-01-10",
)  # fmt: skip
NUMBERS = (
    "1,234.50", "￥59.90", "59.9元", "12%", "-1", "0", "1e308", "1e400", "NaN", "inf", "-0.0",
    "9" * 40, "0x10", "1.5万",
    "１２", "12.0", "12.5", "", " 7 ", "1_000", "+3", "--3", "1e-7", "٣",
)  # fmt: skip
IDS = (
    "S 1", " S1", "S1\u200b", "\ufeffS1", '="S1"', "'S1", "1.23457E+11", "20000000123.0", "００1",
    "s1", "..", "a/b", "../S1",
    "\u202eS1", "S1\x00", "S1\n", "", "NULL", "x" * 5000, "🙂", "\ud83d", "S1;drop table x",
    "$sku_id", "{}", "%s", "'; --",
)  # fmt: skip
TEXTS = (
    "收到了\x0b很好", "\x00", "\ufffe", "好" * 20_000, "=1+1", "a|b||c", '"', '""', "\\", "[1, null]",
    '{"a": 1}', "\r\n", "\t",
    "是", "TRUE", "Y", "已发货", "none", "N/A", "-", "\u2028", "e\u0301", "<script>", "${x}",
    "\x1b[31m", "\ud800",
)  # fmt: skip
HEADERS = (
    "sku id",
    "SKU_ID",
    "商品编码",
    "",
    "column_1",
    "updated_at ",
    "\ufefforder_id",
    "a,b",
    "备注",
    "13987654321",
    "欧阳小花",
)
ALL = (*TIMES, *NUMBERS, *IDS, *TEXTS)


def nasty(draw: Random) -> str:
    """Return one of the values, or two of them joined."""
    value = draw.choice(draw.choice((TIMES, NUMBERS, IDS, TEXTS)))
    return value + draw.choice(ALL) if draw.random() < 0.05 else value


def broken_bytes(draw: Random, content: bytes) -> bytes:
    """Return the bytes with one change: some flipped, cut out, put in, doubled, or lines ended in another way."""
    if not content:
        return content
    at = draw.randrange(len(content))
    width = draw.choice((1, 1, 2, 7, 100))
    change = draw.randrange(9)
    if change == 0:
        return content[:at] + bytes(draw.randrange(256) for _ in range(width)) + content[at + width :]
    if change == 1:
        return content[:at]
    if change == 2:
        return content[:at] + content[at + width :]
    if change == 3:
        return content[:at] + draw.choice((b"\x00", b"\xff", b'"', b"\n", b"\r", b",", b"\xef\xbb\xbf")) + content[at:]
    if change == 4:
        return content + draw.choice((content, b"\x00" * 600, b"\n\n", b"\xef\xbb\xbf" + content, b"\x1a"))
    if change == 5:
        return content.replace(b"\r\n", b"\n").replace(b"\n", draw.choice((b"\r", b"\r\n", b"\n\r", b"\n\n")))
    if change == 6:
        return content.rstrip(b"\r\n")
    if change == 7:
        return draw.choice((b"", b"sep=,\n", b"\n", b"title\n", b"\xef\xbb\xbf", b"\xff\xfe")) + content
    return _recoded(draw, content)


def _recoded(draw: Random, content: bytes) -> bytes:
    """The text in another encoding; bytes that are no text stay."""
    text = content.decode("utf-8", errors="ignore")
    return text.encode(
        draw.choice(("gb18030", "utf-16", "utf-16-le", "utf-8-sig", "utf-32", "latin-1")), errors="ignore"
    )
