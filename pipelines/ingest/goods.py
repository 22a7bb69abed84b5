"""SQL that reads a cell in which an export has written several goods with their quantities.

`value` is the SQL expression of the cell. Only spellings that say one thing are read: a size such as 120*80 is no
quantity, a name without a quantity no entry.
"""

from __future__ import annotations

from collections.abc import Sequence

from xuanpin.pipelines.engine.names import literal
from xuanpin.pipelines.ingest.texts import trimmed

_UNITS = "(?:件|个|套|双|条|盒|瓶|包|袋|箱|只|支|份|组|台|本|张|对|把|罐|提|片|枚|块|串|斤|pcs?)?"
"""Words that may follow a marked quantity: x2盒."""
_COUNT = "([0-9]{1,5})"
_MARK = "[xX×✕*]"
_HELD = (
    r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]|【[^【】]*】|\((?:[^()]|\([^()]*\))*\)|（(?:[^（）]|（[^（）]*）)*）|"
    r"\{[^{}]*\}|「[^「」]*」|《[^《》]*》"
)
"""A pair of brackets with what it holds, whose separators part no goods."""
_OPENINGS = r"\[【(（{「《"
_PART = rf"(?:{_HELD}|[^;；\r\n{_OPENINGS}]|[{_OPENINGS}])+"
"""What stands between semicolons and ends of lines."""
_BETWEEN = "[+＋,，、/|&]"
"""Signs that part goods only behind a quantity: names hold them too."""
_CODED = (
    r"(?i)[(（\[【]\s*(?:(?:商家|商品|规格|货品|外部|SKU)?(?:编码|编号)|货号|款号|SKU(?:[ _]?(?:ID|code))?|code)"
    r"\s*[:：]\s*"
    r"([^()（）\[\]【】]*[^()（）\[\]【】\s])\s*[)）\]】]"
)
"""The code of the goods in brackets beside their name: [编码:A1]."""
_PRICE = r"[\s,，]*[(（]?(?:单价\s*[:：]?\s*)?[￥¥]\s*[0-9]+(?:[.][0-9]+)?\s*元?[)）]?$"
"""A price at the end of an entry, or of its name."""
_COUNT_OF_ALL = r"^共\s*[0-9]+\s*件(?:商品)?\s*[:：,，]\s*"
_NAMED: Sequence[str] = (
    rf"^(.*[^A-Za-z0-9\s])\s*{_MARK}\s*{_COUNT}\s*{_UNITS}$",
    rf"^(.*[A-Za-z])(?:\s+[xX]|\s*[×✕*])\s*{_COUNT}\s*{_UNITS}$",
    rf"^(.*[0-9])\s+{_MARK}{_COUNT}\s*{_UNITS}$",
    rf"^([A-Za-z][A-Za-z_.-]*[0-9][A-Za-z0-9_.-]*|[0-9]{{5,}})\s*[×✕*:：]\s*([0-9]{{1,3}})\s*{_UNITS}$",
    rf"^(.*\S)\s*[(（\[【]\s*{_MARK}\s*{_COUNT}\s*{_UNITS}\s*[)）\]】]$",
    rf"^(.*\S)\s*[(（\[【]\s*共?\s*{_COUNT}\s*件\s*[)）\]】]$",
    rf"^(.*[^\s,，:：(（\[【])[\s,，]*[(（\[【]?\s*数量\s*[:：]?\s*{_MARK}?\s*{_COUNT}\s*{_UNITS}\s*[)）\]】]?$",
)
"""How one entry is written, its goods and its quantity in the two groups: with a mark, as code:2, or in brackets."""
_BARE = 4
"""So many of these have no brackets round the quantity."""
_FIRST = r"^([0-9]{1,3})\s*[xX×]\s+(.*\S)$"
"""An entry whose quantity comes first: 2 x Dress."""
_LAST = rf"{_MARK}\s*[0-9]+\s*{_UNITS}$"
"""Goods that end so have another quantity than that in brackets, which may count all of a cell."""
_QUANTITY_END = (
    rf"(?:[(（\[【]?\s*(?:{_MARK}|数量\s*[:：]?\s*{_MARK}?)\s*[0-9]{{1,5}}\s*{_UNITS}\s*[)）\]】]?|"
    rf"[(（\[【]\s*共?\s*[0-9]{{1,5}}\s*件\s*[)）\]】]|[A-Za-z0-9_.-]+[:：]\s*[0-9]{{1,3}})"
)
"""How the quantity of an entry may end it."""
_DOUBTS = (
    r"(?i)[0-9](?:cm|mm|m|厘米|毫米|公分|米)$",
    _FIRST,
    rf"{_QUANTITY_END}\s*{_BETWEEN}",
)
"""What goods may not be: a length of which another follows (120cm*80), what begins with a quantity, other entries."""
_NUMBER = r"^([0-9]{1,2})(?:[、)）]\s*|[.．]\s+)"
"""The number that counts the entries of a cell: 1、连衣裙."""
_WHOLE = r"^(?:【([^【】]*)】|\[([^\[\]:：]*)\]|「([^「」]*)」|《([^《》]*)》)$"
"""One pair of brackets round the whole."""
_JSON = r"^(?:\[\s*)?\{\s*\""
_LINE_BREAK = r"(?i)<br\s*/?>"
_WHOLE_NUMBER = r"^([0-9]{1,5})(?:[.]0+)?$"
_CODES = (
    "sku_code", "sku_id", "sku", "outer_sku_id", "outer_id", "item_code", "goods_code", "product_code", "code",
    "商品编码", "规格编码", "商家编码", "货号",
)  # fmt: skip
_TITLES = ("title", "name", "goods_name", "item_title", "product_name", "goods", "商品名称", "商品标题", "名称", "标题")
_VARIANTS = ("spec", "sku_name", "variant", "spec_name", "规格", "规格名称")
_COUNTS = ("quantity", "num", "qty", "count", "goods_num", "item_num", "数量", "件数", "购买数量")
"""Names of the fields of an entry that is an object of JSON, the first that is there counts."""


def read_goods(value: str) -> str:
    """Write the expression that reads the cell `value` as a list of structs: `goods`, a title or code, and `quantity`.

    A cell that cannot be told for sure is one entry: its text as `goods`, and no quantity, so that no row is lost.
    """
    nothing_sure = _entry("nullif(cell, '')", "cast(null as bigint)")
    unread = _entries(f"[{nothing_sure}]")
    read = f"case when regexp_matches(cell, {literal(_JSON)}) then {_of_json()} else {_of_text()} end"
    sure = f"case when {_is_sure('found')} then found else {unread} end"
    lines = f"regexp_replace(coalesce(cast({value} as varchar), ''), {literal(_LINE_BREAK)}, chr(10), 'g')"
    tidy = trimmed(_without(_COUNT_OF_ALL, lines))
    return _bound(tidy, "cell", _bound(read, "found", sure))


def _bound(value: str, name: str, expression: str) -> str:
    """Give a value a name within an expression."""
    return f"list_transform([{value}], lambda {name}: {expression})[1]"


def _entries(expression: str) -> str:
    return f"cast({expression} as struct(goods varchar, quantity bigint)[])"


def _entry(goods: str, quantity: str) -> str:
    return f"struct_pack(goods := {goods}, quantity := {quantity})"


def _is_sure(found: str) -> str:
    """Whether a list of entries has one, and each has its goods and its quantity."""
    whole = "entry.goods <> '' and entry.quantity is not null"
    return f"len({found}) > 0 and len(list_filter({found}, lambda entry: {whole})) = len({found})"


def _of_text() -> str:
    """The entries of the `cell`: what stands between strong separators, parted again behind quantities."""
    parts = f"list_filter(regexp_extract_all(cell, {literal(_PART)}), lambda part: {trimmed('part')} <> '')"
    pieces = f"flatten(list_transform({parts}, lambda part: {_pieces(trimmed('part'))}))"
    numbered = f"list_transform({pieces}, lambda piece, place: {_read_piece(_unnumbered('piece', 'place'))})"
    return _entries(numbered)


def _pieces(part: str) -> str:
    """The entries of one part as texts: it is cut behind each quantity, and left whole where that leaves a rest."""
    beside = rf"(?:{_CODED.replace('([^()', '(?:[^()')})?(?:{_PRICE.rstrip('$')})?"
    each = rf"((?:{_HELD}|.)+?{_QUANTITY_END}{beside})(?:\s*{_BETWEEN}\s*|\s*$)"
    cut = f"regexp_replace({part}, {literal(each)}, '', 'g') = ''"
    return f"case when {cut} then regexp_extract_all({part}, {literal(each)}, 1) else [{part}] end"


def _unnumbered(piece: str, place: str) -> str:
    """The entry without its number in the cell."""
    head = f"regexp_extract({piece}, {literal(_NUMBER)}, 1)"
    bare = f"regexp_replace({piece}, {literal(_NUMBER)}, '')"
    return f"case when {head} = cast({place} as varchar) then {bare} else {piece} end"


def _read_piece(piece: str) -> str:
    """The entry that a text says, under its code where it has one; empty where it says none or two."""
    marked, held = _NAMED[:_BARE], _NAMED[_BARE:]
    cases = [*map(_matched, marked), *(_matched(pattern, alone=True) for pattern in held)]
    read = f"coalesce({', '.join(cases)}, {_matched(_FIRST, alone=True, swapped=True)})"
    name = _without_frame(trimmed(_without(_PRICE, "read.goods")))
    goods = f"coalesce(nullif(regexp_extract(whole, {literal(_CODED)}, 1), ''), {name})"
    bare = trimmed(_without(_PRICE, _without(_CODED, "whole")))
    return _bound(piece, "whole", _bound(bare, "piece_text", _bound(read, "read", _entry(goods, "read.quantity"))))


def _without(pattern: str, text: str) -> str:
    return f"regexp_replace({text}, {literal(pattern)}, '')"


def _matched(pattern: str, *, alone: bool = False, swapped: bool = False) -> str:
    """The entry that the text has by a pattern; `alone` where its goods may hold no other quantity."""
    first, second = ("quantity", "goods") if swapped else ("goods", "quantity")
    groups = f"regexp_extract(piece_text, {literal(pattern)}, [{literal(first)}, {literal(second)}])"
    doubts = (*_DOUBTS, _LAST) if alone else _DOUBTS
    one = " and ".join(f"not regexp_matches(parts.goods, {literal(doubt)})" for doubt in doubts)
    entry = _entry("parts.goods", "try_cast(parts.quantity as bigint)")
    return _bound(groups, "parts", f"case when parts.goods <> '' and {one} then {entry} end")


def _without_frame(goods: str) -> str:
    """The goods without the one pair of brackets that holds all of them."""
    return trimmed(f"regexp_replace({goods}, {literal(_WHOLE)}, '\\1\\2\\3\\4')")


def _of_json() -> str:
    """The entries of a `cell` that is a list of objects, or one, each by its code, or by its title without one."""
    text = "case when starts_with(cell, '{') then concat('[', cell, ']') else cell end"
    objects = f"try_cast(try_cast({text} as json) as json[])"
    title = f"concat_ws(' ', {_field(_TITLES)}, {_field(_VARIANTS)})"
    named = f"coalesce({_field(_CODES)}, {title})"
    count = f"try_cast(regexp_extract({_field(_COUNTS)}, {literal(_WHOLE_NUMBER)}, 1) as bigint)"
    entries = f"list_transform(objects, lambda object: {_entry(named, count)})"
    return _bound(objects, "objects", _entries(entries))


def _field(names: Sequence[str]) -> str:
    """The first of the fields of an `object` that is there, without blanks at its ends."""
    texts = (trimmed(f"json_extract_string(object, {literal(_path(name))})") for name in names)
    return "coalesce({})".format(", ".join(f"nullif({text}, '')" for text in texts))


def _path(name: str) -> str:
    return f'$."{name}"'
