"""Accounts, addresses, parcels, links and names in every form in which people write them; all are drawn or made up."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.support.personal_draws import FULL_WIDTH, Kind, digits, mobile

KNOWN_NAMES = (
    "张伟明", "欧阳小花", "尉迟敬", "李美丽", "阿依古丽·买买提", "Alice Johnson", "Lin Xiaofang", "wangxiaoya",
    "小糊涂仙儿", "甜心Momo", "司马南风", "亓官雪", "爱吃鱼的猫咪", "O'Brien Kate",
)  # fmt: skip
"""Names that stand in the platform's order table."""


def accounts(draw: random.Random) -> Iterator[Kind]:
    def account() -> str:
        return f"{draw.choice(('hello', 'happy', 'mm', 'lan'))}_{draw.choice('abcdefg')}{digits(draw, 5)}"

    for form, text, is_clear in (
        ("微信", "微信#", True), ("微信号", "微信号：#", True), ("wx", "wx:#", True), ("vx", "vx #", True),
        ("VX", "VX：#", True),
        ("加V", "加V：#", True), ("V with a colon", "V：#", False), ("薇", "薇#", False), ("加薇", "加薇 #", False),
        ("威", "加威#", False), ("微 with a heart", "微❤#", True), ("威信", "威信#", True), ("微号", "微号 #", True),
        ("加我", "加我#", False), ("plus me", "➕我 #", False), ("plus v", "+v #", True), ("behind", "#加我", False),
        ("mine", "#是我微信", False), ("WeChat", "my WeChat is #", False), ("weixin", "weixin：#", True),
        ("wei信", "wei信 #", True),
        ("full width", "ＶＸ：#", True), ("id", "微信id：#", True),
    ):  # fmt: skip
        value = account()
        yield Kind("chat id", form, text.replace("#", value), (value,), is_clear)
    yield Kind("chat id", "wxid", f"我是wxid_a{digits(draw, 8)}", ("wxid_a",), True)
    for form, text in (
        ("QQ", "QQ#"),
        ("qq with a colon", "qq：#"),
        ("扣扣", "扣扣 #"),
        ("加q", "加q#"),
        ("QQ群", "QQ群：#"),
    ):
        value = f"7{digits(draw, 8)}"
        yield Kind("QQ", form, text.replace("#", value), (value,), form not in ("加q",))
    for form, text in (
        ("抖音号", "抖音号：#"), ("小红书", "小红书号#"), ("快手", "快手号 #"), ("微博", "微博名：#"),
        ("dy", "dy号：#"), ("ins", "ins：#"),
        ("telegram", "telegram：@#"), ("淘宝", "淘宝会员名：#"), ("支付宝", "支付宝账号：#"),
    ):  # fmt: skip
        value = account()
        yield Kind("other account", form, text.replace("#", value), (value,))


def mails(draw: random.Random) -> Iterator[Kind]:
    def one(form: str, text: str, value: str, *, is_clear: bool = True) -> Kind:
        return Kind("e-mail", form, text.replace("#", value), (value,), is_clear)

    number = digits(draw, 6)
    yield one("plain", "邮箱 #", f"lan.{number}@example.com")
    yield one("full width", "邮箱 #", f"lan{number}＠example．com")
    yield one("with at", "mail #", f"lan{number} at qq dot com")
    yield one("with (at)", "mail #", f"lan{number}(at)163.com")
    yield one("with 艾特", "邮箱#", f"lan{number}艾特qq点com")
    yield Kind("e-mail", "with #", f"邮箱 lan{number}#qq.com", (f"lan{number}#qq.com",), True)
    yield one("with blanks", "邮箱 #", f"lan{number} @ qq . com")


def addresses(draw: random.Random) -> Iterator[Kind]:
    house, flat = draw.randrange(11, 300), f"{draw.randrange(2, 9)}0{draw.randrange(1, 5)}"

    def one(form: str, text: str, *secrets: str) -> Kind:
        return Kind("address", form, text, secrets)

    yield one("whole", f"寄浙江省杭州市西湖区文三路{house}号3栋2单元{flat}室", f"文三路{house}号", f"{flat}室")
    yield one("after its word", f"地址：西湖区翠苑{house}幢{flat}", f"翠苑{house}")
    yield one("city and street", f"寄到上海市浦东新区张江路{house}弄6号{flat}", f"张江路{house}")
    yield one("street alone", f"送到中山北路{house}号就行", f"中山北路{house}号")
    yield one("estate", f"阳光花园3栋2单元{flat}", f"2单元{flat}")
    yield one("estate with dashes", f"阳光花园3-2-{flat}", f"3-2-{flat}")
    yield one("building and flat", f"放5号楼{flat}门口", f"5号楼{flat}")
    yield one("Chinese numbers", "幸福小区三栋二单元五零一室", "二单元五零一")
    yield one("village", f"河北省定州市张家村{draw.randrange(2, 9)}组{house}号", f"组{house}号")
    yield one("village alone", f"李家庄{draw.randrange(2, 9)}组{house}号", f"组{house}号")
    yield one("full width", f"文三路{house}号".translate(FULL_WIDTH) + "3栋", f"{house}".translate(FULL_WIDTH))
    yield one("English", f"Room {flat}, No. {house} Wensan Road, Xihu District, Hangzhou", f"No. {house} Wensan")
    yield one("English street", f"{house} Zhongshan North Road, Shanghai", f"{house} Zhongshan")
    yield one("locker", f"放丰巢柜{house}号柜", f"{house}号柜")
    yield one("pick-up point", f"自提点：翠苑{house}号王姐家", f"翠苑{house}号")
    yield one("pick-up code", f"取件码 8-2-{house}7", f"8-2-{house}7")
    yield one("region", "我在江苏省苏州市昆山市花桥镇", "昆山市花桥镇")
    yield one("town", f"广东省佛山市南海区桂城街道南新三路{house}号", f"南新三路{house}号")


def numbers(draw: random.Random) -> Iterator[Kind]:
    def one(kind: str, form: str, text: str, value: str) -> Kind:
        return Kind(kind, form, text.replace("#", value), (value,))

    yield one("plate", "blue", "车牌#", f"浙A{digits(draw, 5)}")
    yield one("plate", "with a dot", "停的#", f"沪B·{digits(draw, 5)}")
    yield one("plate", "with letters", "#", f"京N8K{digits(draw, 2)}9")
    yield one("plate", "new energy", "#那辆", f"粤BD{digits(draw, 5)}")
    yield one("plate", "small letters", "车是#", f"苏e{digits(draw, 5)}")
    for form, value in {
        "SF": f"SF{digits(draw, 13)}", "YT": f"YT{digits(draw, 13)}", "JD": f"JDVA{digits(draw, 11)}",
        "JT": f"JT{digits(draw, 13)}",
        "ZTO": f"78{digits(draw, 12)}", "STO": f"77{digits(draw, 13)}", "YD": f"43{digits(draw, 11)}",
        "EMS": f"EA{digits(draw, 9)}CN",
        "LP": f"LP00{digits(draw, 12)}", "DPK": f"DPK{digits(draw, 12)}", "small letters": f"sf{digits(draw, 12)}",
    }.items():  # fmt: skip
        yield one("parcel", form, "单号#到哪了", value)
    yield one("order", "18 digits", "订单#收到了", f"29{digits(draw, 16)}")
    yield one("order", "with its word", "订单号：#", f"1{digits(draw, 8)}")
    yield one("order", "with letters", "订单编号 #", f"XP{digits(draw, 10)}")
    yield one("order", "alone", "#", f"28{digits(draw, 15)}")
    yield one("code", "verification", "验证码#", f"4{digits(draw, 5)}")
    yield one("member", "number", "会员号：#", f"8{digits(draw, 7)}")


def machines(draw: random.Random) -> Iterator[Kind]:
    def one(kind: str, form: str, text: str, value: str, *, is_clear: bool = False) -> Kind:
        return Kind(kind, form, text.replace("#", value), (value,), is_clear)

    yield one("internet address", "version 4", "ip是#", f"192.168.{draw.randrange(2, 250)}.{draw.randrange(2, 250)}")
    yield one("internet address", "version 6", "#", f"2001:db8::{digits(draw, 4)}:8a2e")
    yield one("internet address", "of a card", "#", "00:1a:2b:3c:4d:5e")
    yield one(
        "link",
        "with an id",
        "看 #",
        f"https://example.com/u/{digits(draw, 6)}?token=a{digits(draw, 6)}",
        is_clear=True,
    )
    yield one("link", "without a scheme", "看 #", f"www.example.com/item?id={digits(draw, 7)}", is_clear=True)
    yield one("link", "short", "看 #", f"t.cn/A6x{digits(draw, 3)}", is_clear=True)
    yield one("link", "pasted word", "复制#", f"￥CZ{digits(draw, 4)}xK9aB￥")
    yield one("coordinates", "decimal", "定位#", f"30.27{digits(draw, 4)},120.15{digits(draw, 4)}")
    yield one("coordinates", "in words", "北纬30.2741度 东经120.1551度", "30.2741")
    yield one("coordinates", "degrees", "#", "30°16'25\"N")


def names(draw: random.Random) -> Iterator[Kind]:
    def told(form: str, text: str, *secrets: str) -> Kind:
        return Kind("name", form, text, secrets)

    yield told("with 女士", "张女士的到了", "张女士")
    yield told("with 先生", "请欧阳先生来取", "欧阳")
    yield told("with 姐", "谢谢王姐", "王姐")
    yield told("with 阿姨", "李阿姨说好", "李阿姨")
    yield told("with 老师", "赵老师的裙子", "赵老师")
    yield told("whole with 女士", "刘晓燕女士收", "刘晓燕", "晓燕")
    yield told("rare with 小姐", "这是亓官小姐的", "亓官")
    yield told("of Manchu with 先生", "给佟先生", "佟先生")
    yield told("收件人", "收件人：陈晓东", "陈晓东")
    yield told("收货人 with a blank", "收货人 令狐冲和", "令狐冲")
    yield told("联系人", "联系人：许多多", "许多多")
    yield told("联系人, rare", "联系人：逄锦绣", "逄锦绣")
    yield told("我叫", "我叫林小满，坏了", "林小满")
    yield told("我是", "我是周建国", "周建国")
    yield told("beside a phone", f"孙丽萍 {mobile(draw)}", "孙丽萍")
    yield told("behind a phone", f"{mobile(draw)} 郑国强", "郑国强")
    yield told("beside an address", "文三路88号3栋 钱多福", "钱多福")
    yield told("ethnic, labelled", "收件人：古丽娜尔·艾合买提", "古丽娜尔")
    yield told("ethnic, alone", "扎西·次仁说好吃", "扎西·次仁")
    yield told("English with Mr", "Mr. Robinson said ok", "Robinson")
    yield told("English, said", "my name is Emily Carter", "Emily")
    yield told("pinyin", "给 Zhang Wei 的", "Zhang Wei")
    yield told("pinyin, turned", "Xiaoming Li 收", "Xiaoming Li")
    yield told("pinyin, labelled", "收件人：zhangwei", "zhangwei")
    yield told("of traditional script", "收件人：張偉", "張偉")
    yield told("called", "@快乐的小鱼 你的到了", "快乐的小鱼")
    yield told("老 and 小", "@小王 谢谢老李", "老李")
    yield told("签名", "署名：何静", "何静")
    for name in KNOWN_NAMES:
        yield told(f"known: {name}", f"昨天{name}说收到了" if not name.isascii() else f"昨天 {name} 说收到了", name)
    yield told("known, small letters", "问 alice johnson 要的", "alice johnson")
    yield told("known, capitals", "问 ALICE JOHNSON 要的", "ALICE JOHNSON")
    yield told("known, blanks between", "张 伟 明说好", "张 伟 明")
    yield told("known, dots between", "张.伟.明说好", "张.伟.明")
    yield told("known, without its dot", "阿依古丽买买提买的", "阿依古丽买买提")
    yield told("known, other dot", "阿依古丽•买买提买的", "阿依古丽")
    yield told("known, pinyin joined", "linxiaofang买的", "linxiaofang")
    yield told("known, first part", "阿依古丽说好", "阿依古丽")
    yield told("known, full width", "问甜心Ｍｏｍｏ", "甜心Ｍｏｍｏ")


_FURTHER = (
    ("chat id", "V with a blank", "V hello2020", "hello2020"),
    ("chat id", "威 with a colon", "威：hello2020", "hello2020"),
    ("chat id", "letters apart", "w x：hello2020", "hello2020"),
    ("chat id", "characters apart", "微 信 hello2020", "hello2020"),
    ("chat id", "red heart", "微❤\ufe0fhello2020", "hello2020"),
    ("chat id", "卫星", "卫星hello2020", "hello2020"),
    ("chat id", "my v", "我v是hello2020", "hello2020"),
    ("chat id", "behind in brackets", "hello2020（微信）", "hello2020"),
    ("QQ", "q with a colon", "q：123456789", "123456789"),
    ("QQ", "letters apart", "Q Q 123456789", "123456789"),
    ("QQ", "digits apart", "扣扣：1 2 3 4 5 6 7 8 9", "1 2 3 4 5 6 7 8 9"),
    ("other account", "抖音 without 号", "抖音hello2020", "hello2020"),
    ("other account", "Chinese name", "抖音：小花姐姐2020", "小花姐姐2020"),
    ("link", "id in a query", "pages/goods?uid=123456", "123456"),
    ("phone", "slashes alone", "138/0013/8000", "138/0013/8000"),
    ("phone", "rare dashes", "138 ⁃ 0013 ⁃ 8000", "0013 ⁃ 8000"),
    ("bank card", "uneven groups", "622202-1234-5678-90123", "5678-90123"),
    ("birthday", "behind, without a word", "90年5月3日生", "90年5月3日"),
    ("address", "estate of several parts", "翠苑3区5-2-502", "5-2-502"),
    ("address", "English, number first", "No. 123, Wensan Road, Hangzhou", "123, Wensan"),
    ("name", "who takes it in", "菜鸟驿站张三代收", "张三"),
    ("name", "at whose home", "自提点：翠苑一区东门李姐家", "李姐"),
    ("name", "to call her by", "叫我小美", "小美"),
    ("name", "收件", "收件：张伟", "张伟"),
    ("name", "收 behind", "张伟收", "张伟"),
    ("name", "收 in brackets", "张伟（收）", "张伟"),
    ("name", "ethnic, label without a mark", "收货人阿依古丽", "阿依古丽"),
    ("name", "pinyin without a blank", "ZhangWei", "ZhangWei"),
    ("name", "pinyin in capitals", "WANG XIAOMING", "XIAOMING"),
    ("name", "pinyin, label without a mark", "收货人wangxiaoming", "wangxiaoming"),
    ("name", "dots between", "王·小·明", "王·小·明"),
    ("name", "signed", "很好吃——张伟", "张伟"),
)


def further(_: random.Random) -> Iterator[Kind]:
    """Forms that were found after the rules had been written."""
    for kind, form, text, secret in _FURTHER:
        yield Kind(kind, form, text, (secret,))
