"""Finds numbers that belong to a person: telephones, documents, cards, plates, parcels and orders.

Each rule looks at a reading of the text that has its length. A number that could be a price, a size, a day, an amount,
a model or a product's bar code is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from xuanpin.models.text.spans import Span, compiled
from xuanpin.models.text.written_digits import read_letters, read_spoken

PHONE, IDENTITY, CARD, NUMBER, PLATE = "〔电话〕", "〔证件〕", "〔卡号〕", "〔单号〕", "〔车牌〕"

_MARK = r"[^0-9A-Za-z\u4e00-\u9fff]"
_GAP = rf"(?:{_MARK}{{1,4}}|杠|横)?"
_GROUP = r"[0-9]+"
_MOBILE = rf"(?<![0-9])(?:(?:\+|00)?86{_GAP})?0?(1{_GAP}[3-9](?:{_GAP}[0-9]){{9}})(?![0-9])"
_MOBILE_WITH_LETTERS = r"(?<![0-9A-Za-z])[1Il|i][3-9](?:[-. ]?[0-9OoIl|i]){9}(?![0-9A-Za-z])"
_GROUPINGS = {
    (11,), (3, 4, 4), (3, 3, 5), (3, 8), (4, 3, 4), (4, 4, 3), (7, 4), (3, 5, 3), (3, 2, 3, 3), (3, 4, 2, 2),
    (3, 2, 2, 2, 2), (5, 6), (6, 5), (1,) * 11,
}  # fmt: skip
"""How people part the digits of a mobile number; other partings need a word of a telephone beside them."""
_CALLED = (
    r"(?i)电[话話]|手机|手機|号码|號碼|联系|聯繫|拨打|致电|打我|打给|呼我|座机|固话|传真|tel|phone|mobile|call|fax|"
    r"whatsapp|微信|vx|wx|薇|加我|同号"
)
_NEAR = 12
"""Characters before a number in which a word says what it is."""
_LISTING = r"[,，、/;；|]"
_AREA = r"0(?:10|2[0-9]|[3-9][0-9]{2})"
_EXTENSION = r"(?:\s*(?:转|-|ext\.?|分机号?)\s*[0-9]{1,6})?"
_LANDLINE = (
    rf"(?i)(?<![0-9.])(?:\+?86[-\s]?)?(?:\({_AREA}\)|{_AREA})[-\s]{{0,3}}"
    rf"[2-9][0-9]{{2,3}}[-\s]?[0-9]{{4}}{_EXTENSION}(?![0-9])"
)
_LOCAL = (
    rf"(?i)(?:电[话話]|座机|固话|宅电|传真|tel|phone|fax)[^0-9\n]{{0,4}}"
    rf"([2-9][0-9]{{2,3}}[-\s]?[0-9]{{4}}{_EXTENSION})(?![0-9])"
)
_ABROAD = r"(?<![0-9])(?:\+|00)(?!86)[1-9][0-9]{0,2}[-\s(]{0,2}[0-9](?:[-\s()]{0,2}[0-9]){6,11}(?![0-9])"
_REGION = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_IDENTITY = rf"(?<![0-9])[1-8](?:{_GAP}[0-9]){{16}}{_GAP}[0-9Xx](?![0-9])"
_IDENTITY_DIGITS = rf"{_REGION}[0-9]{{4}}(?:18|19|20)[0-9]{{2}}{_DAY}[0-9]{{3}}[0-9Xx]"
_OLD_IDENTITY = rf"(?<![0-9]){_REGION}[0-9]{{6}}{_DAY}[0-9]{{3}}(?![0-9])"
_PAPERS = (
    r"护照|護照|passport|通行证|回乡证|台胞证|军官证|士兵证|驾驶证|驾照|行驶证|居留证|居住证|身份证|身份證|证件|社保|医保|"
    r"就诊卡?|病历|病案|住院|门诊|诊疗卡|学籍|档案编?|公积金"
)
_BEFORE_NUMBER = r"(?:卡|编)?(?:号码?|號碼?|no\.?|id)?[\s:是为=#.]{0,4}"
_NAMED_PAPER = rf"(?i)(?:{_PAPERS}){_BEFORE_NUMBER}([a-z]{{0,4}}[-(]?[0-9][-0-9a-z()]{{4,19}})"
_PASSPORT = r"(?<![A-Za-z0-9])(?:[EGDSPHMC][0-9]{8}|[EC][A-HJ-NP-Z][0-9]{7}|H[0-9]{10})(?![A-Za-z0-9])"
_HONG_KONG = r"(?<![A-Za-z0-9])[A-Z]{1,2}[0-9]{6}\([0-9A]\)"
_CARD = r"(?<![0-9])[3-6][0-9]{3}(?:[-.\s]{0,2}[0-9]{4}){2}[-.\s]{0,2}[0-9]{1,4}(?:[-.\s]{0,2}[0-9]{1,4})?(?![0-9])"
_CARD_PARTED = r"(?<![0-9])62[0-9]{2,4}(?:[-\s][0-9]{4,8}){2,4}(?![0-9])"
_CARD_NAMED = (
    r"(?:卡号|卡號|账号|帐号|账户|银行卡|储蓄卡|信用卡|行卡)[^0-9\n]{0,8}([0-9](?:[-\s]?[0-9]){11,18})(?![0-9])"
)
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_PLATE = (
    rf"(?<![A-Za-z0-9])[{PROVINCES}][A-HJ-NP-Za-hj-np-z][·.\-\s]?(?=(?:[A-Za-z]?[0-9]){{1}}|[A-Za-z]{{2}}[0-9])"
    r"[A-HJ-NP-Za-hj-np-z0-9]{4,5}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳](?![A-Za-z0-9])"
)
_CARRIERS = (
    r"SF|YTO?|JD[A-Z]{0,2}|ZTO|STO|YD|YUNDA|JT|EMS|DPK|DB|LP|BEST|HTKY|UC|KY|ZJS|QFKD|TT|ANE|GT|CN|XB|KK|RR|PY|"
    r"BT|DD|SNWL"
)
_PARCEL = (
    rf"(?i)(?<![A-Za-z0-9])(?:(?:{_CARRIERS})[-\s]?[0-9]{{9,17}}(?:-[0-9])*-?"
    rf"|[A-Z]{{2}}[0-9]{{9}}(?:CN|HK|TW|US|GB))(?![A-Za-z0-9])"
)
_NUMBERED = (
    r"[订訂][单單]|[单單][号號]|运单|運單|快[递遞]|物流|包裹|流水号|交易号|退款单|售后单|提货码|取件码|取货码|"
    r"验证码|驗證碼|核销码|券码|兑换码|会员卡?|會員|工号|学号|客户号|用户id|order|tracking|invoice|发票"
)
_NAMED_NUMBER = (
    rf"(?i)(?:{_NUMBERED})(?:号码?|號碼?|编号|no\.?|id|码)?[\s:是为=#._]{{0,4}}"
    r"((?:[a-z]{0,4}[-]?[0-9](?:-?[0-9]){5,24}|(?:[0-9]{1,3}-){1,3}[0-9]{3,6})[a-z]{0,2})(?![0-9.]*\s?[元块件个克斤])(?![0-9])"
)
_SECRETS = r"密[码碼]|口令|password|passwd|pwd"
_SECRET = rf"(?i)(?:{_SECRETS})[\s:是为=]{{0,4}}((?=[!-~]{{0,31}}[0-9])[!-~]{{4,32}})"
_CALLED_BY = r"电[话話]|座机|固话|宅电|传真|tel|phone|fax|卡号|卡號|账号|帐号|账户|银行卡|储蓄卡|信用卡|行卡"
NAMED_BY = f"{_PAPERS}|{_NUMBERED}|{_CALLED_BY}|{_SECRETS}"
"""Words after which a number is somebody's."""
_LONG = r"(?<![0-9.])[0-9]{11,32}(?![0-9]|\.[0-9])"
_BAR_CODE = r"69[0-9]{11}"
_STAMP = "%Y%m%d%H%M%S"


def find_numbers(plain: str, *, are_ids_kept: bool = False) -> Iterator[Span]:
    """Find every number of a person in a plain reading, the surest kinds first.

    are_ids_kept: whether numbers of orders and parcels are left, as in a row that is named by them.
    """
    yield from find_clear_numbers(plain)
    yield from _matches(_OLD_IDENTITY, plain, IDENTITY)
    yield from _matches(_LOCAL, read_spoken(plain), PHONE)
    yield from _matches(_NAMED_PAPER, plain, IDENTITY)
    yield from _matches(_PASSPORT, plain, IDENTITY)
    yield from _matches(_HONG_KONG, plain, IDENTITY)
    yield from _matches(_PLATE, plain, PLATE)
    yield from _matches(_SECRET, plain, NUMBER)
    if not are_ids_kept:
        yield from _matches(_PARCEL, plain, NUMBER)
        yield from _matches(_NAMED_NUMBER, plain, NUMBER)
        yield from _matches(_LONG, plain, NUMBER, _is_nobodys)


def find_clear_numbers(plain: str) -> Iterator[Span]:
    """Find in a `plain` reading the numbers that can be nothing else even in a title: telephones, cards."""
    spoken, lettered = read_spoken(plain), read_letters(plain)
    readings = dict.fromkeys((plain, spoken))
    for reading in readings:
        yield from _matches(_IDENTITY, reading, IDENTITY, lambda found: not _is_identity(found))
        yield from _matches(_MOBILE, reading, PHONE, lambda found: not _is_mobile(found))
    if lettered != plain:
        yield from _matches(_MOBILE_WITH_LETTERS, plain, PHONE, lambda found: not _is_lettered(found))
    yield from _matches(_LANDLINE, spoken, PHONE)
    yield from _matches(_ABROAD, plain, PHONE)
    for reading in readings:
        yield from _matches(_CARD_NAMED, reading, CARD)
        yield from _matches(_CARD, reading, CARD, lambda found: not _is_card(found[0]))
        yield from _matches(_CARD_PARTED, reading, CARD, lambda found: not _is_card(found[0]))


def _matches(
    expression: str, reading: str, replacement: str, is_other: Callable[[re.Match[str]], bool] | None = None
) -> Iterator[Span]:
    begun, pattern = 0, compiled(expression)
    while (found := pattern.search(reading, begun)) is not None:
        if is_other is not None and is_other(found):
            # What is none may hide the beginning of one that is.
            begun = found.start() + 1
            continue
        # The word that says what the number is stays.
        is_named = expression is not _MOBILE and pattern.groups > 0
        start, end = found.span(1) if is_named else found.span()
        yield Span(start, end, replacement)
        begun = end


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


def _is_mobile(found: re.Match[str]) -> bool:
    """Whether the digits are parted as a telephone number is, or a word says that they are one."""
    number = found[1]
    written = compiled(_GROUP).findall(number)
    groups = tuple(len(group) for group in written)
    around = found.string[max(0, found.start() - _NEAR) : found.start()] + found.string[found.end() : found.end() + 6]
    if compiled(_CALLED).search(around) or found[0] != number:
        return True
    return groups in _GROUPINGS and (
        len(groups) == 11 or not compiled(_LISTING).search(number) or any(group.startswith("0") for group in written)
    )


def _is_lettered(found: re.Match[str]) -> bool:
    return sum(char.isdigit() for char in found[0]) >= 4 and len(_digits(read_letters(found[0]))) == 11


def _is_identity(found: re.Match[str]) -> bool:
    return (
        compiled(_IDENTITY_DIGITS).fullmatch("".join(char for char in found[0] if char.isdigit() or char in "Xx"))
        is not None
    )


def _is_card(number: str) -> bool:
    """Whether a number has the length and the check digit of a bank card, or its issuer's beginning and grouping."""
    digits = _digits(number)
    if not 13 <= len(digits) <= 19 or (len(digits) == 13 and compiled(_BAR_CODE).fullmatch(digits)):
        return False
    has_issuer = re.match("62|4|5[1-5]|3[5-7]", digits) is not None and len(digits) >= 15
    return has_issuer or (_luhn(digits) and number != digits)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_nobodys(found: re.Match[str]) -> bool:
    """Whether a long number is the bar code of a product or a moment."""
    number = found[0]
    return compiled(_BAR_CODE).fullmatch(number) is not None or (len(number) in (12, 14) and _is_moment(number))


def _is_moment(number: str) -> bool:
    try:
        moment = datetime.strptime(number.ljust(14, "0"), _STAMP)
    except ValueError:
        return False
    return 2000 <= moment.year < 2100
