"""Finds names that no table knows by the words around them: a title, a label, an address beside, a mention.

Each rule looks at a plain reading of the text, which has its length. Telephones and addresses are replaced before, so
that a name beside one can be told.
"""

from __future__ import annotations

from collections.abc import Iterator

from xuanpin.models.text.spans import Span, compiled
from xuanpin.models.text.surnames import (
    DOUBLE_SURNAMES,
    LATIN_SURNAMES,
    RARE_SURNAMES,
    SURNAMES,
    SYLLABLE,
)

NAME = "〔姓名〕"

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_FIRST = "".join(dict.fromkeys(name[0] for name in DOUBLE_SURNAMES.split("|")))
_DOUBLE = rf"(?=[{_FIRST}])(?:{DOUBLE_SURNAMES})"
_FAMILY = rf"(?:[{SURNAMES}{RARE_SURNAMES}]|{_DOUBLE})"
_SURE_FAMILY = rf"(?:[{SURNAMES}]|{_DOUBLE})"
_BEGINS = rf"(?=[{SURNAMES}{RARE_SURNAMES}{_FIRST}])"
_NOT_GIVEN = (
    "的了吗呢吧啊呀是不很也都就在有没这那个们人和跟与会要说到给把让被从对又还再能想去来上下买卖用吃穿送收发退"
    "换货号日年点元块件谢诸位装级化"
)
_GIVEN = rf"[^\W\d_a-zA-Z{_NOT_GIVEN}]"
_FULL = rf"{_FAMILY}{_GIVEN}{{1,2}}"
_LATIN_NAME = r"[A-Z][a-z]+(?:[ .·-]{1,2}[A-Z][a-z]*){0,2}"
OF_FAR = (
    "阿艾买提古丽依热木江汗努尔图库班卡迪力玛娜扎西次仁卓多吉格桑巴特苏丹尼亚孜帕莱麦合穆罕默哈萨克拜吐逊赛伊布拉音再娅比森那"
    "高娃其雅旦增央金措姆达瓦顿珠洛平罗让加才"
)
_FAR = rf"[{_HAN}]{{2,8}}(?:[.·][{_HAN}]{{1,8}}){{1,3}}"
_FAR_NAME = rf"(?<![{_HAN}])[{OF_FAR}]{{2,8}}(?:[.·][{OF_FAR}]{{2,8}}){{1,3}}|[{OF_FAR}]{{2,6}}·[{OF_FAR}]{{2,6}}"
_PERSONAL = "先生|女士|小姐|太太|阿姨|叔叔|伯伯|大爷|大妈|大姐|大哥|奶奶|爷爷|同学|嫂子|阿婆"
_OFFICES = "老师|医生|师傅|老板娘?|经理|主任|教练|店长|团长|会计|护士|警官|律师"
_KIN = "姐哥叔婶嫂姨妈爸总工"
_ALONE = "钱毛牛龙熊文安汤温康雷武史任施严庄段顾易颜洪谢"
"""Common family names that before a word of kin or office are mostly no name: 语文老师, 还钱妈, 安装师傅."""
_PLAIN_FAMILY = rf"(?:(?![{_ALONE}])[{SURNAMES}]|{_DOUBLE})"
_BEFORE_NAME = rf"(?:^|(?<=[^{_HAN}])|(?<=[的给找叫是到和跟问由位老小我你他她由向请]))"
_TITLED = (
    rf"{_BEGINS}(?:(?<![感多致谢])(?:{_SURE_FAMILY}{_GIVEN}{{1,2}}?|{_SURE_FAMILY}|{_BEFORE_NAME}{_FAMILY})(?={_PERSONAL})"
    rf"|{_PLAIN_FAMILY}(?={_OFFICES})|{_BEFORE_NAME}{_SURE_FAMILY}{_GIVEN}{{1,2}}?(?={_OFFICES})"
    rf"|{_PLAIN_FAMILY}(?=[{_KIN}](?![{_KIN}{_HAN}]))"
    rf"|(?<![{_HAN}]){_PLAIN_FAMILY}(?=[姐哥姨婶嫂叔](?:[说你您家：的在是也来要给我这那])))"
)
_NO_NAME = (
    "康师傅|毛爷爷|温哥华|安哥拉|马哥孛罗|黄总|万总|于是|毛总|谢谢|牛奶|熊猫|素颜|方大|何大妈妈|高大|万能|金牌|关大|江大|许愿|严重|文明|文化|安装|施工|任何|"
    "安保|古老|莫大|马大哥|白大|向老|尚老|全身|宁大|华老|陈列|陈旧|温柔|康复|易碎|黄金|黄牛|彭大"
)
LABELS = (
    "收件人|收货人|收貨人|寄件人|联系人|聯繫人|姓名|真名|本名|全名|署名|签收人|签名|户名|开户名|持卡人|取件人|提货人|下单人|"
    "购买人|开户人|经办人|监护人|负责人|name|recipient|contact"
)
ROLES = "客户|买家|患者|病人|抬头|户主|顾客|家属|家长|老公|老婆|业主|住户|房东|学生|法人|(?i:to)"
NICKNAMES = "昵称|网名|微信名|群名片?"
KIN = "老公|老婆|爱人|儿子|女儿|闺女|孩子|宝宝|爸爸?|妈妈?"
_NOBODY = (
    "您|客服|本人|卖家|商家|店家|快递|物流|自己|我|他|她|小哥|代收|老人|孩子|写错|不对|信息|地址|电话|改成|没写|填错|反馈|服务|说|要求|什么|失望|"
    "关闭|不要|下次|先|同上|如下|如图|见图|见上|保密|匿名|是否|有误|谁|没有|不了|退"
)
_LABELLED = (
    rf"(?:(?i:{LABELS})(?:名字?|姓名)?\s{{0,2}}(?:是|为|叫|写|[:：=]|\s){{1,3}}|(?:{ROLES})(?:姓名)?[:：]\s?)"
    rf"({_FAR}|[{_HAN}]{{2,4}}(?![{_HAN}])|{_FULL}|{_LATIN_NAME}|[a-z]{{4,20}}(?![a-z]))"
)
_LABELLED_DIRECTLY = (
    rf"(?:(?:{LABELS})[,，]?|收[件货]?[:：]\s?)"
    rf"({_SURE_FAMILY}{_GIVEN}{{1,2}}(?![{_HAN}])|[{OF_FAR}]{{3,6}}(?![{_HAN}])|[a-z]{{6,20}}(?![a-z]))"
)
_RECEIVER = (
    rf"(?<![{_HAN}])({_SURE_FAMILY}{_GIVEN}{{1,2}})(?=\s?(?:\(收\)|收(?![{_HAN}])))"
    rf"|({_SURE_FAMILY}{_GIVEN}{{1,2}}?)(?=代收|签收的)"
)
_NO_RECEIVER = "周[一二三四五六日天末]|安[心全排]|严[格禁]|任何|常|温[柔和]|康复|莫名|文件|包裹|顾客"
_SIGNED = rf"(?:-{{2,3}}|(?:^|(?<=[\s，。！!]))-)\s?({_SURE_FAMILY}{_GIVEN}{{1,2}})(?![{_HAN}])"
_DOTTED = rf"(?<![{_HAN}])[{SURNAMES}](?:·[{_HAN}]){{2}}(?![{_HAN}])"
_AT_HOME = rf"{_PLAIN_FAMILY}(?=[姐哥嫂婶叔姨]家)"
_NICKNAMED = rf"(?:{NICKNAMES})(?:[是叫为]|[:：])\s?([^\s，。,.;；:：!！?？〔]{{2,12}})"
_KIN_CALLED = rf"(?:{KIN})(?:名字?)?叫({_SURE_FAMILY}{_GIVEN}{{1,2}})(?![{_HAN}])"
_PLEASE_CALL = rf"叫我([小阿老]{_GIVEN}{{1,2}})(?![{_HAN}])"
_SAID = (
    rf"(?:我叫|我名叫|名字叫|名字是|本名叫?|我的名字)(?:做|作|是|[:：])?\s{{0,2}}"
    rf"({_FAR}|{_FULL}(?![{_HAN}])|{_GIVEN}{{2,3}}(?![{_HAN}])|{_LATIN_NAME}|[a-z]{{4,20}}(?![a-z]))"
)
_SELF = rf"(?:我是|我系|我就是|这里是|叫我|我本人)\s?({_FAR}|{_SURE_FAMILY}{_GIVEN}{{1,2}}(?![{_HAN}])|{_LATIN_NAME})"
_NO_SELF = (
    "温州|常州|常客|江西|江苏|安徽|黄山|武汉|文员|文科|安心|安全|严重|严格|易胖|易过敏|康复|唐山|莫名|雷厉|雷锋|任性|万里|段位|施工|毛坯|洪湖|龙岩|"
    "黎族|汤阴|顾客|孔雀|牛人|毛重|黄皮|黄黑|黄色|白色|安卓|苏州|杭州|郑州|徐州|顾家|易出|干皮|石家庄"
)
_FAMILY_SAID = rf"(?:我姓|免贵姓|鄙姓|本人姓)({_FAMILY})"
_ENGLISH = (
    r"(?<![A-Za-z])(?:Mr|Mrs|Ms|Miss|Dr|Madam)\.?\s{1,2}([A-Z][a-z]+(?:\s[A-Z][a-z]+)?)"
    r"|(?:[Mm]y name is|[Mm]y name's|I am|I'm|[Tt]his is|[Cc]all me|[Nn]ame:)\s{1,2}"
    r"([A-Z][a-z]+(?:[ .-]{1,2}[A-Z][a-z]*){0,2})"
)
_PINYIN = (
    rf"(?<![A-Za-z])(?:(?=[A-Z])(?i:{LATIN_SURNAMES})(?:[\s.,]{{1,2}}|(?<=[a-z]))(?=[A-Z])(?i:{SYLLABLE}-?{SYLLABLE}?)"
    rf"|(?=[A-Z])(?i:{SYLLABLE}-?{SYLLABLE})\s(?=[A-Z])(?i:{LATIN_SURNAMES}))(?![A-Za-z])"
)
_BESIDE = (
    rf"(?<![{_HAN}])({_FAR}|{_FULL}|{_LATIN_NAME})[\s,，.:：;；/|-]{{0,3}}(?=〔(?:电话|地址|证件)〕)"
    rf"|(?<=〔电话〕|〔地址〕|〔证件〕)[\s,，.:：;；/|()（-]{{0,3}}({_FAR}|{_FULL}|{_LATIN_NAME})(?![{_HAN}A-Za-z])"
)
_NO_BESIDE = (
    "方便|安排|任何|常用|万一|关于|何时|单独|金额|高铁|包裹|于是|古田|白天|马上|向您|龙岩|温州|严禁|安全|文具|顾客"
)
_MENTION = (
    r"(?:^|(?<=[\s\u4e00-\u9fff，。！？!?,]))@(?!所有|全体|客服|群主|管理|团长|小助手|all|here|everyone|[^\s]{0,19}[了吗呢吧很太就])"
    r"(?=[^\d\s])([^\s@，。,:：!！?？;；〔]{1,20})(?=[\s，,:：]|$)"
)
_OLD_OR_YOUNG = (
    rf"(?:^|(?<=[^{_HAN}])|(?<=[谢找给问跟和是叫]))[小老](?![{_ALONE}黄])[{SURNAMES}](?=$|[^{_HAN}]|[说你您家])"
)


def find_names(plain: str) -> Iterator[Span]:
    """Find names in a plain reading, the surest kinds first."""
    yield from _found(_BESIDE, plain, _NO_BESIDE)
    yield from _found(_LABELLED, plain, _NOBODY)
    yield from _found(_LABELLED_DIRECTLY, plain, _NOBODY)
    yield from _found(_RECEIVER, plain, _NO_RECEIVER)
    yield from _found(_SAID, plain, _NOBODY)
    yield from _found(_SELF, plain, _NO_SELF)
    yield from _found(_FAMILY_SAID, plain)
    yield from _found(_TITLED, plain, _NO_NAME)
    yield from _found(_SIGNED, plain, _NO_SELF)
    yield from _found(_KIN_CALLED, plain, _NO_SELF)
    yield from _found(_NICKNAMED, plain, _NOBODY)
    for expression in (_FAR_NAME, _DOTTED, _AT_HOME, _PLEASE_CALL):
        yield from _found(expression, plain)
    yield from _found(_ENGLISH, plain)
    yield from _found(_PINYIN, plain)
    yield from _found(_MENTION, plain)
    yield from _found(_OLD_OR_YOUNG, plain)


def _found(expression: str, plain: str, but: str | None = None) -> Iterator[Span]:
    """The places of names that are no word of `but`: of the first group that has one, else of the whole."""
    for found in compiled(expression).finditer(plain):
        start, end = found.span(found.lastindex or 0)
        if but is None or not compiled(but).match(plain, start):
            yield Span(start, end, NAME)
