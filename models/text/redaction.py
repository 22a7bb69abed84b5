"""Personal data is removed from a text before it is stored: phones, ids, cards, addresses, accounts, links and names.

One pass over whole Arrow columns (RE2, linear time) leaves most texts alone. The others are read one by one, in a plain
reading that has the digits of every script as 0 to 9; addresses are again RE2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce

import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.text.names import KnownNames, redact_names
from xuanpin.models.text.personal_accounts import CHANNELS, find_accounts, find_clear_accounts
from xuanpin.models.text.personal_names import KIN, LABELS, NICKNAMES, OF_FAR, ROLES, find_names
from xuanpin.models.text.personal_numbers import NAMED_BY, PROVINCES, find_clear_numbers, find_numbers
from xuanpin.models.text.spans import Span, replaced
from xuanpin.models.text.surnames import DOUBLE_SURNAMES, RARE_SURNAMES, SURNAMES
from xuanpin.models.text.written_digits import ODD_DIGITS, SPOKEN, read_plain

ADDRESS = "〔地址〕"
Finder = Callable[[str], Iterator[Span]]
"""Finds personal data in a plain reading of a text."""

_GAP = r"[-\s.·_—－]?"
_HAN = r"\p{Han}"
_ADMIN = "(?:省|自治[区區]|市|[区區]|[县縣]|旗|[镇鎮]|[乡鄉]|街道|村|屯)"
_PLACE = (
    "(?:路|街|大道|巷|弄|胡同|里弄|小[区區]|花[园園]|公寓|家[园園]|新村|苑|庭|府|大[厦廈]|[广廣][场場]|村|社[区區])"
)
_HOME = "(?:小[区區]|花[园園]|公寓|家[园園]|新村|苑|庭|府|大[厦廈]|[广廣][场場]|城|[湾灣]|里|[园園]|社[区區])"
_DIGIT = "[0-9０-９]"
_SPOKEN = "[0-9０-９一二三四五六七八九十百零〇]"
_NUMBER = rf"{_DIGIT}{{1,5}}(?:-{_DIGIT}{{1,4}})*"
_ANY_NUMBER = rf"(?:{_NUMBER}|{_SPOKEN}{{1,5}})"
_UNIT = " ?(?:[号號][楼樓]|[号號]院|[号號]|弄|[栋棟]|幢|座|[单單]元|室|[楼樓]|[层層]|房|[户戶])"
_BUILDING = " ?(?:[号號][楼樓]|[栋棟]|幢|座|[单單]元)"
_UNTIL = "[^，。,;；!！?？\\n〔]"
_DETAIL = rf"(?:[{_HAN}A-Za-z]{{0,8}}?{_NUMBER}{_UNIT}?)"


def _any(expressions: Iterable[str]) -> str:
    """One expression that finds what any of these finds."""
    return "|".join(f"(?:{expression})" for expression in expressions)


_EN_PART = r"(?:room|rm|flat|apt|apartment|unit|floor|building|bldg|block)\.?\s*#?[0-9]+[a-z]?\s*[,，]?\s*"
_EN_ROAD = "(?:road|rd|street|st|avenue|ave|lane|boulevard|blvd)"
_EN_MORE = r"(?:\s*[,，]\s*[a-z][a-z ]{2,30}){0,4}"


@dataclass(frozen=True)
class _Rule:
    """What may contain an address, what it looks like, and what stands in its place."""

    prefilter: str
    expression: str
    replacement: str = ADDRESS


_ADDRESSES = (
    _Rule(
        "地址|住址|寄到|寄往|住在|家住|送到|收货地",
        rf"((?:地址|住址|收货地)\s*(?:是|为|改成|改为|改到|换成|[:：])+\s*){_UNTIL}{{0,30}}"
        rf"(?:[省市区區县縣镇鎮乡鄉街村路号號栋棟弄巷]|公寓|花[园園]|[0-9０-９]){_UNTIL}{{0,40}}",
        rf"\1{ADDRESS}",
    ),
    _Rule(
        f"{_ADMIN}.*{_SPOKEN}",
        rf"(?:[{_HAN}]{{1,8}}?{_ADMIN}){{1,5}}[{_HAN}A-Za-z0-9０-９]{{0,16}}?(?:{_PLACE}|{_NUMBER}(?:[栋棟]|幢|[单單]元|[号號][楼樓]|[组組]))"
        rf"[{_HAN}A-Za-z]{{0,8}}?{_NUMBER}{_UNIT}?{_DETAIL}*",
    ),
    _Rule(
        f"{_PLACE}.*{_SPOKEN} ?(?:[号號]|弄|[栋棟]|幢|座|[单單]元|室|[组組])",
        rf"(?:[{_HAN}]{{1,8}}?{_ADMIN}){{0,4}}[{_HAN}]{{1,8}}{_PLACE}(?:[一二三四五六七八九十0-9]段)?{_ANY_NUMBER}(?:{_UNIT}|[组組])"
        rf"(?:[{_HAN}A-Za-z]{{0,8}}?{_ANY_NUMBER}{_UNIT}|[{_HAN}]{{0,4}}?{_NUMBER})*",
    ),
    _Rule(f"{_PLACE}[0-9０-９]", rf"[{_HAN}]{{1,8}}{_PLACE}{_NUMBER}{_UNIT}{_DETAIL}*"),
    _Rule(
        f"{_SPOKEN}{_BUILDING}",
        rf"(?:[{_HAN}]{{2,8}}{_HOME})?{_ANY_NUMBER}{_BUILDING}{_GAP}"
        rf"(?:[A-Za-z甲乙丙丁东西南北中]{{0,2}}{_ANY_NUMBER}(?: ?(?:[单單]元|[门門]|[号號]|梯|座))?{_GAP})?"
        rf"{_ANY_NUMBER}(?: ?(?:室|房|[户戶]|[号號]|[单單]元|[楼樓]))?",
    ),
    _Rule(
        f"{_HOME}(?:{_SPOKEN}{{1,2}}[区期])?\\s?[0-9０-９]+[-—－]",
        rf"[{_HAN}]{{1,8}}{_HOME}(?:{_SPOKEN}{{1,2}}[区期])?\s?{_DIGIT}{{1,3}}[-—－]{_DIGIT}{{1,4}}(?:[-—－]{_DIGIT}{{1,4}})?(?:室|号|房)?",
    ),
    _Rule("[A-Za-z]座", rf"(?:[{_HAN}]{{2,8}}{_HOME})?[A-Za-z]座{_GAP}{_DIGIT}{{3,4}}(?:室|房)?"),
    _Rule(
        "[#＃]",
        rf"{_DIGIT}{{1,3}}[#＃](?:[楼樓]-?|-?{_DIGIT}{{1,2}} ?(?:[单單]元|-)){_DIGIT}{{3,4}}(?:室|房)?",
    ),
    _Rule(
        "[门門]牌|房[号號]",
        rf"((?:[门門]牌[号號]?|房[号號])\s*(?:是|为|[:：])?\s*){_DIGIT}{{1,4}}(?:[-—－]{_DIGIT}{{1,4}}){{1,3}}",
        rf"\1{ADDRESS}",
    ),
    _Rule(
        "(?:村|屯|庄|寨|乡|镇)",
        rf"[{_HAN}]{{1,12}}?(?:村|屯|庄|寨){_ANY_NUMBER}(?:组|队|社|号){_DETAIL}*",
    ),
    _Rule(
        "(?:省|自治区).*(?:市|州|盟)",
        rf"(?:[{_HAN}]{{2,8}}?(?:省|自治区))[{_HAN}]{{1,8}}?(?:市|州|盟)"
        rf"(?:[{_HAN}]{{1,8}}?(?:市|区|县|旗|镇|街道|路|街|村)){{0,4}}",
    ),
    _Rule(
        "快递柜|丰巢|驿站|自提点|自提柜|代收点|门卫|传达室|物业",
        rf"((?:快递柜|丰巢柜?|菜鸟驿站|驿站|自提点|自提柜|代收点)\s*(?:是|在|[:：])?\s*)"
        rf"(?:[{_HAN}]{{0,10}}?{_NUMBER}(?:号柜|柜|号)(?:{_NUMBER}(?:格|号)?)?)",
        rf"\1{ADDRESS}",
    ),
    _Rule(
        "(?i)road|street|avenue|lane| rd| st|room|building|apt|flat|apartment",
        rf"(?i)(?:{_EN_PART}){{0,4}}(?:no\.?\s*)?[0-9]{{1,5}}[a-z]?\s*,?\s+(?:[a-z'-]+\s){{1,4}}{_EN_ROAD}\b\.?"
        rf"{_EN_MORE}|(?:{_EN_PART}){{2,4}}{_EN_MORE}",
    ),
)

_ASCII_MARK = r"[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]"
_NUMBERS = (
    rf"{_DIGIT}(?:{_ASCII_MARK}{{0,4}}{_DIGIT}){{6}}",
    rf"{_DIGIT}(?:[\p{{P}}\p{{S}}\p{{Z}}\p{{Cf}}\s杠横空格]{{1,4}}{_DIGIT}+){{2}}",
    f"(?:[{''.join(SPOKEN.values())}0-9][ ,，、.-]?){{7}}",
    f"[{ODD_DIGITS}][^\\p{{Han}}]{{0,4}}[{ODD_DIGITS}0-9]|\\x{{20e3}}",
    r"[1Il|i][3-9](?:[-. ]?[0-9OoIl|i]){9}",
    rf"[{PROVINCES}][A-Za-zＡ-Ｚ][·•・.\-\s]?[A-Za-z]{{0,2}}[0-9０-９]|[A-Za-z]{{2}}[0-9]{{6}}|[A-Za-z][0-9]{{6}}[(（]",
    f"(?i)(?:{NAMED_BY})[^0-9０-９，。]{{0,8}}[0-9０-９]",
)
_ACCOUNTS = (
    r"[@＠]|(?i)https?:|ftp:|\.(?:com|cn|net|org|top|cc|me|link|shop|hk|tw|tb|ly|io)\b|艾特|圈a|[(\[ ]at[)\] ]|#[a-z1]",
    r"(?i)wxid|微[-\s]?信|薇|威信|徽信|微[号❤心]|徵信|v信|卫星|我v|[加➕+]\s?[v微威徽q绿我个]|[vq微威徽][❤:：]|\bv\s[a-z]|[vw微]\s?x|wei\s?(?:xin|信)|"
    r"we\s?chat|[Ａ-Ｚａ-ｚ]{2}|"
    r"绿泡泡|扣扣|q\s?q|企鹅|q号|➕|找我|私我|联系我|我的号|[0-9a-z_-]{4}\s?(?:加我|是我)",
    f"(?i)(?:{CHANNELS})(?:号|账号|id|名|是|[:：=]|搜|叫|\\s|[a-z])[^，。]{{0,6}}[0-9a-z]{{2}}|(?:id|token|sid|mobile|phone)=",
    r"[￥¥$€₤₳¢₴《(/]\s?[A-Za-z0-9]{11}\s?[￥¥$€₤₳¢₴》)/]",
    r"(?i)(?:[0-9a-f]{1,4}:){3}|[0-9a-f]:(?::[0-9a-f]{1,4})|[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|"
    r"[东西南北][经纬]|[经纬]度|[0-9]°|[0-9]\.[0-9]{4}",
    "(?i)(?:生日|出生|生于|诞辰|birthday|born|dob)[^，。]{0,10}[0-9]|[0-9][日号年]?\\s?(?:出生|生人|生日|的生日|生)",
)
_FAMILY = f"[{SURNAMES}{RARE_SURNAMES}{''.join(dict.fromkeys(DOUBLE_SURNAMES.replace('|', '')))}]"
_PERSONS = (
    f"{_FAMILY}[{_HAN}]{{0,2}}(?:先生|女士|小姐|太太|阿姨|叔叔|伯伯|大爷|奶奶|爷爷|大妈|大姐|大哥|同学|嫂子|阿婆|老师|医生|师傅|老板|经理|"
    f"主任|教练|店长|团长|会计|护士|警官|律师)|[{SURNAMES}][姐哥叔婶嫂姨妈爸总工]",
    f"(?i)(?:{LABELS}|{ROLES}|收件|收货|我叫|名叫|名字|叫我|我就是|这里是|我是|我系|我本人|我姓|免贵姓|鄙姓)"
    f"(?:[是为叫写做作：=\\s,，:a-z小阿老]|{_FAMILY}|[{OF_FAR}]{{3}}|[{_HAN}]{{2,6}}[·•・])",
    f"(?:{KIN})(?:名字?)?叫|(?:{NICKNAMES})[是叫为:：]|收[件货]?[:：]|(?i)\\bto[:：]",
    r"(?i)\b(?:Mr|Mrs|Ms|Miss|Dr|Madam)\b|name is|name's|i am|i'm|this is|call me|"
    r"(?-i:[A-Z][A-Za-z]+[ .,]{1,2}[A-Z]|[A-Z][a-z]+[A-Z][a-z])|"
    rf"[{_HAN}][·•・][{_HAN}]|[{SURNAMES}][{_HAN}]{{1,2}}\s?[(（]?(?:代?收|签收)|[-—][{SURNAMES}]|"
    rf"[{OF_FAR}]{{2}}\.[{OF_FAR}]{{2}}|[小老][{SURNAMES}]|[@＠]|〔(?:电话|地址|证件)〕",
)
_MAY_BE_NUMBERS = (_any(_NUMBERS[:-1]), _NUMBERS[-1])
_MAY_BE_ACCOUNTS = (_any(_ACCOUNTS),)
_MAY_BE_ADDRESSES = (_any(rule.prefilter for rule in _ADDRESSES),)
"""Expressions of what may be personal: few, because each is a pass, and apart, because RE2 is slow on greater ones."""

FEW_TEXTS = range(2, 41)
"""How many texts are all read, because their suspects take longer to tell. What a person types stands alone, and may be
all that a command reads: its suspects are told before what reads a text is compiled."""


def redact_texts(texts: pa.Array | pa.ChunkedArray, names: KnownNames, *, are_ids_kept: bool = False) -> pa.Array:
    """Replace personal data in texts by what it was, such as 〔电话〕; nulls stay null and order is kept.

    texts: UTF-8 strings, one message each. names: of the customers. are_ids_kept: whether long numbers that may be
    an order's or a parcel's stay, as in a row that is named by them.
    """
    column = _strings(texts)
    if not len(column):
        return column
    numbers = partial(find_numbers, are_ids_kept=are_ids_kept)
    column = _read(
        column, {numbers: _to_read(column, _MAY_BE_NUMBERS), find_accounts: _to_read(column, _MAY_BE_ACCOUNTS)}
    )
    column = _without_addresses(column)
    column = _read(column, {find_names: _to_read(column, _PERSONS)})
    return redact_names(column, names)


def redact_labels(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Replace what can only be personal data in texts that are published as they are: titles, brands, tags, authors.

    Telephones, identity cards, bank cards, e-mail addresses, links and chat ids; names and addresses stay, because a
    brand may be called like a person and a title like a place.
    """
    column = _strings(texts)
    accounts, numbers = _to_read(column, _MAY_BE_ACCOUNTS), _to_read(column, _MAY_BE_NUMBERS)
    return _read(column, {find_clear_numbers: numbers, find_clear_accounts: accounts})


def redact_words(text: str) -> str:
    """Redact a `text` that a person typed, such as a reason, where no table of names is at hand.

    A text with broken characters is returned as it is: no file can hold it, and who stores it refuses it.
    """
    return str(redact_texts(pa.array([text], pa.string()), KnownNames())[0]) if _is_unicode(text) else text


def redact_label(text: str) -> str:
    """Redact the `text` of one label, such as the name of who decides; broken characters as in `redact_words`."""
    return str(redact_labels(pa.array([text], pa.string()))[0]) if _is_unicode(text) else text


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _strings(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    column = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    return column.cast(pa.string())


def _to_read(column: pa.Array, expressions: Sequence[str]) -> pa.Array:
    """Whether each text is read: a suspect of these expressions, or one of a few."""
    return pc.is_valid(column) if len(column) in FEW_TEXTS else _suspects(column, expressions)


def _suspects(column: pa.Array, expressions: Sequence[str]) -> pa.Array:
    """Whether each text holds what any of these expressions look for."""
    found = [pc.match_substring_regex(column, expression) for expression in expressions]
    return pc.fill_null(reduce(pc.or_, found), False)


def _read(column: pa.Array, rules: Mapping[Finder, pa.Array]) -> pa.Array:
    """Replace what each finder finds in the texts that are its suspects."""
    suspects = reduce(pc.or_, rules.values())
    if not pc.any(suspects).as_py():
        return column
    asked = zip(*(flags.filter(suspects).to_pylist() for flags in rules.values()), strict=True)
    cleaned = [
        _cleaned(text, [find for find, is_asked in zip(rules, flags, strict=True) if is_asked])
        for text, flags in zip(column.filter(suspects).to_pylist(), asked, strict=True)
    ]
    return pc.replace_with_mask(column, suspects, pa.array(cleaned, pa.string()))


def _cleaned(text: str, finders: Sequence[Finder]) -> str:
    plain = read_plain(text)
    return replaced(text, (span for find in finders for span in find(plain)))


def _without_addresses(column: pa.Array) -> pa.Array:
    suspects = _suspects(column, _MAY_BE_ADDRESSES)
    if not pc.any(suspects).as_py():
        return column
    cleaned = column.filter(suspects)
    for rule in _ADDRESSES:
        cleaned = _apply(rule, cleaned)
    return pc.replace_with_mask(column, suspects, cleaned)


def _apply(rule: _Rule, column: pa.Array) -> pa.Array:
    suspects = pc.fill_null(pc.match_substring_regex(column, rule.prefilter), False)
    if not pc.any(suspects).as_py():
        return column
    cleaned = pc.replace_substring_regex(column.filter(suspects), rule.expression, rule.replacement)
    return pc.replace_with_mask(column, suspects, cleaned)
