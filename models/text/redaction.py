"""Personal data is removed from a text before it is stored: phones, ids, cards, addresses, chat ids and names.

Expressions are RE2 (linear time) and run on whole Arrow columns. Prefilters see to it that an expensive expression
only reads the few texts that can contain its subject.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.text.names import NAME, SURNAMES, KnownNames, redact_names

PHONE, IDENTITY, CARD, ADDRESS, ACCOUNT, EMAIL = "〔电话〕", "〔证件〕", "〔卡号〕", "〔地址〕", "〔账号〕", "〔邮箱〕"

_DIGIT = "[0-9０-９]"
_GAP = r"[-\s.·_—－]?"
_HAN = r"\p{Han}"
_SPOKEN = "[零〇一幺二两三四五六七八九]"
_ADMIN = "(?:省|自治区|市|区|县|旗|镇|乡|街道|村|屯)"
_PLACE = "(?:路|街|大道|巷|弄|胡同|里弄|小区|花园|公寓|家园|新村|苑|庭|府|大厦|广场|村|社区)"
_NUMBER = rf"{_DIGIT}{{1,5}}(?:-{_DIGIT}{{1,4}})*"
_UNIT = "(?:号楼|号院|号|弄|栋|幢|座|单元|室|楼|层|房|户)"
_DETAIL = rf"(?:[{_HAN}A-Za-z]{{0,8}}?{_NUMBER}{_UNIT}?)"


@dataclass(frozen=True)
class _Rule:
    """What may contain the subject, what it looks like, and what stands in its place."""

    prefilter: str
    expression: str
    replacement: str
    passes: int = 1


def _not_inside_digits(body: str) -> str:
    """RE2 has no look-around: the neighbours are captured and put back."""
    return rf"(^|[^0-9０-９])(?:{body})([^0-9０-９]|$)"


_LAST_EIGHT = rf"(?:{_DIGIT}{{4}}{_GAP}{_DIGIT}{{4}}|{_DIGIT}{{3}}{_GAP}{_DIGIT}{{5}})"
_MOBILE = rf"(?:(?:\+|00)?86{_GAP})?[1１][3-9３-９]{_DIGIT}{_GAP}{_LAST_EIGHT}"
_LANDLINE = rf"[0０]{_DIGIT}{{2,3}}[-—－\s]{_DIGIT}{{7,8}}"
_IDENTITY = (
    rf"[1-9]{_DIGIT}{{5}}(?:18|19|20){_DIGIT}{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]{_DIGIT}|3[01]){_DIGIT}{{3}}[0-9Xx]"
)
_CARD = rf"(?:62|4{_DIGIT}|5[1-5]|35){_DIGIT}{{2}}(?:\s?{_DIGIT}{{4}}){{3}}(?:\s?{_DIGIT}{{1,3}})?"
_FULL_ADDRESS = (
    rf"(?:[{_HAN}]{{1,8}}?{_ADMIN}){{1,5}}[{_HAN}A-Za-z0-9０-９]{{0,16}}?(?:{_PLACE}|{_NUMBER}(?:栋|幢|单元|号楼|组))"
    rf"[{_HAN}A-Za-z]{{0,8}}?{_NUMBER}{_UNIT}?{_DETAIL}*"
)
_STREET = rf"[{_HAN}]{{1,8}}{_PLACE}{_NUMBER}{_UNIT}{_DETAIL}*"
_ROOM = rf"{_NUMBER}(?:栋|幢|号楼|座){_GAP}[{_HAN}A-Za-z]{{0,3}}?{_NUMBER}(?:单元|室|房|户)?(?:{_NUMBER}(?:室|房|户)?)?"
_REGION = (
    rf"(?:[{_HAN}]{{2,8}}?(?:省|自治区))[{_HAN}]{{1,8}}?(?:市|州|盟)"
    rf"(?:[{_HAN}]{{1,8}}?(?:市|区|县|旗|镇|街道|路|街|村)){{0,4}}"
)
_LABELLED_ADDRESS = r"((?:地址|住址)\s*(?:是|为|改成|改为|改到|[:：])+\s*)[^，。,;；!！?？\n]{4,60}"

_NUMERIC = "[0-9０-９]{3}"
_RULES = (
    _Rule("[0-9０-９]{6}", _not_inside_digits(_IDENTITY), rf"\1{IDENTITY}\2", 2),
    _Rule(_NUMERIC, _not_inside_digits(_MOBILE), rf"\1{PHONE}\2", 2),
    _Rule(_NUMERIC, _not_inside_digits(_LANDLINE), rf"\1{PHONE}\2", 2),
    _Rule("[0-9０-９]{4}", _not_inside_digits(_CARD), rf"\1{CARD}\2", 2),
    _Rule(f"{_SPOKEN}{{7}}", rf"[一幺]\s?[三四五六七八九]\s?(?:{_SPOKEN}\s?){{9}}", PHONE),
    _Rule("[@＠]", r"[A-Za-z0-9._%+-]+[@＠][A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", EMAIL),
    _Rule("wxid_", r"wxid_[A-Za-z0-9]{6,}", ACCOUNT),
    _Rule(
        r"(?i)微信|薇信|威信|徽信|微号|vx|wx|weixin|wechat|v信|➕v|加v|\+v|qq|扣扣",
        r"(?i)((?:微信|薇信|威信|徽信|微号|vx|wx|weixin|wechat|v信|[加➕+]v|qq|扣扣)(?:号码|号|群|id)?\s*(?:是|为|[:：,，])*\s*)"
        r"(?:[a-z][-_a-z0-9]{4,19}|[1-9][0-9]{4,11})",
        rf"\1{ACCOUNT}",
    ),
    _Rule("地址|住址", _LABELLED_ADDRESS, rf"\1{ADDRESS}"),
    _Rule(f"{_ADMIN}.*[0-9０-９]", _FULL_ADDRESS, ADDRESS),
    _Rule(f"{_PLACE}[0-9０-９]", _STREET, ADDRESS),
    _Rule("[0-9０-９](?:栋|幢|号楼|座)", _ROOM, ADDRESS),
    _Rule("(?:省|自治区).*(?:市|州|盟)", _REGION, ADDRESS),
    _Rule(
        "收件人|收货人|联系人|姓名|我叫|名字",
        rf"((?:收件人|收货人|联系人|姓名|我叫|名字(?:叫|是))\s*(?:是|为|叫|[:：,，])*\s*)[{SURNAMES}][{_HAN}]{{1,2}}([^{_HAN}]|$)",
        rf"\1{NAME}\2",
    ),
    _Rule("先生|女士|小姐", rf"[{SURNAMES}](先生|女士|小姐)", rf"{NAME}\1"),
)

_ANY_SUBJECT = "|".join(f"(?:{prefilter})" for prefilter in dict.fromkeys(rule.prefilter for rule in _RULES))
"""One pass that leaves most texts alone; no replacement can bring in the subject of another rule."""


def redact_texts(texts: pa.Array | pa.ChunkedArray, names: KnownNames) -> pa.Array:
    """Replace personal data in texts by what it was, such as 〔电话〕; nulls stay null and order is kept.

    texts: UTF-8 strings, one message each. names: of the customers.
    """
    column = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    column = column.cast(pa.string())
    suspects = pc.fill_null(pc.match_substring_regex(column, _ANY_SUBJECT), False)
    if pc.any(suspects).as_py():
        cleaned = column.filter(suspects)
        for rule in _RULES:
            cleaned = _apply(rule, cleaned)
        column = pc.replace_with_mask(column, suspects, cleaned)
    return redact_names(column, names)


def _apply(rule: _Rule, column: pa.Array) -> pa.Array:
    suspects = pc.fill_null(pc.match_substring_regex(column, rule.prefilter), False)
    if not pc.any(suspects).as_py():
        return column
    cleaned = column.filter(suspects)
    for _ in range(rule.passes):
        cleaned = pc.replace_substring_regex(cleaned, rule.expression, rule.replacement)
    return pc.replace_with_mask(column, suspects, cleaned)
