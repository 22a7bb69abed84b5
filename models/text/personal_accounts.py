"""Finds accounts, e-mail addresses, links and places of a person: what leads to her without being a number.

Each rule looks at a plain reading of the text, which has its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from xuanpin.models.text.spans import Span, compiled

ACCOUNT, EMAIL, LINK, PLACE, BIRTH = "〔账号〕", "〔邮箱〕", "〔链接〕", "〔位置〕", "〔生日〕"

_EMAIL = r"[A-Za-z0-9._%+-]{1,64}\s{0,2}@\s{0,2}[A-Za-z0-9-]+(?:\s?(?:[.。]|,(?=\s?(?:com|cn|net)))\s?[A-Za-z0-9-]+)+"
_HOSTS = r"(?:qq|163|126|139|189|vip|gmail|hotmail|outlook|foxmail|sina|sohu|yahoo|icloud|aliyun|live|example|mail)"
_DOT = r"\s{0,2}(?:\.|点|[(\[]dot[)\]]|\bdot\b)\s{0,2}"
_SPELT_EMAIL = (
    rf"(?i)[a-z0-9._%+-]{{1,64}}\s{{0,2}}(?:@|\#|艾特|圈[aA]|[(\[]at[)\]]|(?<=\s)at(?=\s))\s{{0,2}}(?:[a-z0-9-]{{1,30}}{_DOT})?{_HOSTS}"
    rf"(?:{_DOT}(?:com|cn|net|org))+|[a-z0-9._%+-]{{1,64}}\s?[(\[]at[)\]]\s?[a-z0-9-]{{1,30}}(?:{_DOT}[a-z0-9-]{{1,20}})+"
)
_KEYS = (
    r"微[-\s]?信|微x|薇\s?信|威信|徽信|微❤|薇❤|威❤|v❤|微心|徵信|v信|wei信|v\s?x|w\s?x|v❤x|wei\s?xin|we\s?chat|微号|绿泡泡|"
    r"扣扣|q\s?q|q号|企鹅号?"
)
_LINK_WORDS = r"[-\s]?(?:号码?|號碼?|账号|群号?|邮箱|id|名)?[\s\u200b]{0,3}(?:是|为|\bis\b|[:,，=\-(>]){0,3}\s{0,2}"
_ID = r"(?:[a-z][-_a-z0-9]{4,19}|[1-9][0-9]{4,11})(?![-_a-z0-9]|\s?[元块件个克斤%折])"
_ACCOUNT = rf"(?i)(?:{_KEYS}|[加➕+]v){_LINK_WORDS}({_ID})"
CHANNELS = (
    r"抖音|douyin|dy|tiktok|小红书|小紅書|红薯|xhs|快手|ks|视频号|公众号|微博|weibo|b站|淘宝|旺旺|支付宝|alipay|钉钉|telegram|tg|"
    r"飞机|line|whatsapp|instagram|ins|facebook|fb|陌陌|账号|帐号|賬號|用户名|会员名|登录名|昵称|推特|twitter|github|知乎"
)
_CHANNEL = (
    rf"(?i)(?<![a-z0-9])(?:{CHANNELS})(?:号码?|账号|id|名)?\s{{0,2}}(?:(?:号|id|名|是|[:：=]|搜索?|叫)\s{{0,2}})+@?"
    r"((?:[a-z0-9][-_.a-z0-9]{3,23})(?![-_a-z0-9]|\s?[元块件个克斤%折]))"
)
_CALLED_ID = (
    r"(?i)(?:(?:加|➕|\+)(?:个|一下|下)?(?:我|微|薇|威|徽|v|q|绿)|(?<![a-z0-9])[v薇威徽微q][:：]|[薇徽➕]|卫星|我v是?|找我|私我|联系我|我的号)"
    r"\s{0,2}[:：]?\s{0,2}((?=[-_a-z]*[0-9_-])[a-z][-_a-z0-9]{5,19}|[1-9][0-9]{5,11}|(?<=[:：])\s{0,2}[a-z][-_a-z0-9]{5,19})"
    r"(?![-_a-z0-9]|\s?[元块件个克斤%折])"
)
_ID_CALLED = (
    r"(?i)(?<![-_.a-z0-9])((?=[-_a-z]*[0-9_-])[a-z][-_a-z0-9]{5,19}|[1-9][0-9]{5,11})"
    r"[\s(,，]{0,2}(?:加我|是我的?(?:微信|vx|wx|v|qq|号|抖音|小红书)|(?:我的|我)(?:微信|vx|wx|qq)|微信同号|是微信|(?:微信|vx|wx|qq)\))"
)
_ALONE_ID = r"(?i)(?<![a-z0-9])v\s((?=[a-z_]{3,})(?=[a-z_]*[0-9]{2})[a-z][-_a-z0-9]{5,19})(?![-_a-z0-9])"
_CHANNEL_ID = (
    r"(?:抖音|小红书|快手|微博|视频号)\s?((?=[a-zA-Z_]{3,}[0-9]{3}|[a-zA-Z]+_)[a-zA-Z][-_.a-zA-Z0-9]{5,23})"
    r"|(?:抖音|小红书|快手|微博|视频号)(?:号|名|昵称)?[:：]\s?((?=[^\s0-9]{1,12}[0-9]{2})[\u4e00-\u9fff][\w]{3,15})"
)
_PARTED_ID = (
    r"(?i)(?:q\s?q|扣扣)号?[\s:：]{0,2}([1-9](?:[-\s.][0-9]){5,11}|[1-9][0-9]{2,4}(?:[-\s.][0-9]{3,5}){1,2})(?![0-9])"
)
_QUERY = r"(?i)(?:uid|user_?id|open_?id|union_?id|token|sid|mobile|phone)=([-_.a-z0-9]{4,64})"
_WXID = r"wxid_[A-Za-z0-9]{6,}"
_STOPS = r"\s\u4e00-\u9fff，。！？、；》」】〕"
_LINK = (
    rf"(?i)(?:(?:https?|ftp)://|(?<![a-z0-9@.])(?:[a-z0-9-]+\.)+(?:com|cn|net|org|top|cc|me|link|shop|hk|tw|tb|ly|io)(?=[/?:]))"
    rf"(?=[^{_STOPS}]*(?:[0-9=?]|(?-i:[a-z][A-Z]|[A-Z][a-z])))[^{_STOPS}]+"
)
_PASTED = r"(?<![A-Za-z0-9])[￥¥$€₤₳¢₴《(/]\s?(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{11}\s?[￥¥$€₤₳¢₴》)/]"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IPV4 = rf"(?<![0-9.])(?:{_OCTET}\.){{3}}{_OCTET}(?::[0-9]{{2,5}})?(?![0-9.]*[0-9])"
_IPV6 = (
    r"(?i)(?<![0-9a-z:])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?=[0-9:]*[a-f])"
    r"(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}|(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2})(?![0-9a-z:])"
)
_DEGREES = r"[-+]?[0-9]{1,3}\.[0-9]{4,}\s?°?\s?[NSEWnsew]?"
_COORDINATES = (
    rf"(?:经纬度\s?:?\s?)?{_DEGREES}\s{{0,2}}[,，、;\s/]\s{{0,2}}{_DEGREES}|(?:[东西南北][经纬]|[经纬]度)\s?[:：]?\s?[-0-9][0-9.]{{1,12}}\s?[°度]?(?:[0-9.′″'\"分秒]{{1,12}})?"
    rf"|(?i:\b(?:lat|lng|lon|latitude|longitude)[\"']?\s?[:=]\s?[\"']?|(?<![A-Za-z0-9])[NSEW]\s?){_DEGREES}"
    r"|[0-9]{1,3}°\s?[0-9]{1,2}['′]\s?(?:[0-9.]{1,8}[\"″]\s?)?[NSEWnsew]?"
)
_DATE = (
    r"(?:(?:19|20)?[0-9]{2}\s?[-./年]\s?)?[0-9]{1,2}\s?[-./月]\s?[0-9]{1,2}\s?[日号]?|"
    "(?:19|20)[0-9]{6}|(?:19|20)[0-9]{2}年"
)
_BORN = (
    rf"(?i)(?:生日|出生(?:日期|年月|于)?|生于|诞辰|birthday|born(?:\son)?|dob)\s{{0,2}}(?:是|为|在|阳历|阴历|农历|公历|[:：,，]|\s){{0,4}}({_DATE})"
    rf"|((?:{_DATE}))\s{{0,2}}(?:出生|生人|生日|的生日|生的|生(?![\u4e00-\u9fff]))"
)


def find_accounts(plain: str) -> Iterator[Span]:
    """Find accounts, links and places in a plain reading, the surest kinds first."""
    yield from find_clear_accounts(plain)
    yield from _found(_CHANNEL, plain, ACCOUNT)
    yield from _found(_CALLED_ID, plain, ACCOUNT)
    yield from _found(_ID_CALLED, plain, ACCOUNT)
    yield from _found(_ALONE_ID, plain, ACCOUNT)
    yield from _found(_CHANNEL_ID, plain, ACCOUNT)
    yield from _found(_PARTED_ID, plain, ACCOUNT)
    yield from _found(_QUERY, plain, ACCOUNT)
    yield from _found(_PASTED, plain, LINK)
    yield from _found(_IPV6, plain, LINK)
    yield from (span for span in _found(_IPV4, plain, LINK) if _is_host(plain, span))
    yield from _found(_COORDINATES, plain, PLACE)
    yield from _found(_BORN, plain, BIRTH)


def find_clear_accounts(plain: str) -> Iterator[Span]:
    """Find in a `plain` reading the accounts that can be nothing else even in a title: e-mail, links, chat ids."""
    yield from _found(_LINK, plain, LINK)
    yield from _found(_EMAIL, plain, EMAIL)
    yield from _found(_SPELT_EMAIL, plain, EMAIL)
    yield from _found(_WXID, plain, ACCOUNT)
    yield from _found(_ACCOUNT, plain, ACCOUNT)


def _found(expression: str, plain: str, replacement: str) -> Iterator[Span]:
    """The place of the first group that has one, where the words around it stay, else of the whole."""
    for found in compiled(expression).finditer(plain):
        start, end = found.span(found.lastindex or 0)
        yield Span(start, end, replacement)


def _is_host(plain: str, span: Span) -> bool:
    """Whether four numbers with dots are an address of a machine and no list of choices, days or versions."""
    numbers = plain[span.start : span.end].partition(":")[0].split(".")
    is_named = re.search(r"(?i)ip", plain[max(0, span.start - 8) : span.start]) is not None
    return is_named or sum(len(number) == 3 for number in numbers) > 0
