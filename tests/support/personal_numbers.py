"""Telephones, documents and cards in every form in which people write them; all are drawn."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.support.personal_draws import (
    CIRCLED,
    FORMAL,
    FULL_WIDTH,
    IN_CHINESE,
    LETTERED,
    ON_THE_RADIO,
    Kind,
    digits,
    mobile,
    parted,
    with_check_digit,
)  # fmt: skip


def phones(draw: random.Random) -> Iterator[Kind]:
    def one(form: str, text: str, written: str, *, is_clear: bool = True) -> Kind:
        return Kind("phone", form, text.replace("#", written), (written,), is_clear)

    for form, mark in {"dashes": "-", "blanks": " ", "dots": ".", "underscores": "_", "middle dots": "·",
                       "slashes": "/", "long dashes": "—", "stars": "*", "commas": ",", "zero width": "\u200b",
                       "tildes": "～"}.items():  # fmt: skip
        yield one(form, "打我电话#就行", parted(mobile(draw), mark, 3, 4, 4))
    yield one("plain", "我电话#", mobile(draw))
    yield one("alone", "#", mobile(draw))
    yield one("in the middle", "下单了#收到回复", mobile(draw))
    yield one("3-3-5", "联系#", parted(mobile(draw), " ", 3, 3, 5))
    yield one("4-3-4", "联系#", parted(mobile(draw), " ", 4, 3, 4))
    yield one("pairs", "手机号 #", parted(mobile(draw), " ", 2, 2, 2, 2, 3))
    yield one("every digit apart", "#这个", " ".join(mobile(draw)))
    yield one("digits with dashes", "#这个", "-".join(mobile(draw)))
    yield one("full width", "我的#", mobile(draw).translate(FULL_WIDTH))
    yield one("circled", "我的#", mobile(draw).translate(CIRCLED))
    yield one("key caps", "我的#", "".join(f"{digit}\ufe0f\u20e3" for digit in mobile(draw)))
    yield one("Chinese digits", "我的#", mobile(draw).translate(IN_CHINESE))
    yield one("as said on the radio", "我的#", mobile(draw).translate(ON_THE_RADIO))
    yield one("formal digits", "我的#", mobile(draw).translate(FORMAL))
    yield one("Chinese digits in groups", "我的#", parted(mobile(draw).translate(IN_CHINESE), " ", 3, 4, 4))
    mixed = mobile(draw)
    yield one("half Chinese", "我的#", mixed[:4].translate(IN_CHINESE) + mixed[4:])
    yield one("letters O and l", "我的#", f"l3{digits(draw, 3)}00{digits(draw, 2)}01".translate(LETTERED))
    yield one("with +86", "打#", f"+86 {mobile(draw)}")
    yield one("with 0086", "打#", f"0086{mobile(draw)}")
    yield one("with 86-", "打#", f"86-{mobile(draw)}")
    yield one("with a zero", "打#", f"0{mobile(draw)}")
    yield one("the word for a blank", "打#", parted(mobile(draw), "空格", 3, 4, 4))
    yield one("in brackets", "打#", "（{}）{}".format(*parted(mobile(draw), "|", 3, 8).split("|")))
    yield one("mathematical digits", "打#", "".join(chr(0x1D7CE + int(digit)) for digit in mobile(draw)))
    yield one("Arabic digits", "打#", "".join(chr(0x0660 + int(digit)) for digit in mobile(draw)))
    yield one("of Hong Kong", "打#", f"+852 {parted('9' + digits(draw, 7), ' ', 4, 4)}")
    yield one("of abroad", "whatsapp #", f"+1 (415) 555-{digits(draw, 4)}")
    yield one("two in one", "#", f"{mobile(draw)}/{mobile(draw)}")


def landlines(draw: random.Random) -> Iterator[Kind]:
    def one(form: str, text: str, written: str, *, is_clear: bool = True) -> Kind:
        return Kind("landline", form, text.replace("#", written), (written,), is_clear)

    yield one("with a dash", "座机#", f"0571-8{digits(draw, 7)}")
    yield one("in brackets", "打#", f"(010)6{digits(draw, 7)}")
    yield one("without a mark", "打#", f"0218{digits(draw, 7)}")
    yield one("with an extension", "打#", f"020-3{digits(draw, 7)}转{digits(draw, 3)}")
    yield one("with ext.", "call #", f"0755-2{digits(draw, 7)} ext. {digits(draw, 3)}")
    yield one("without its area", "电话：#", f"8{digits(draw, 7)}", is_clear=False)


def documents(draw: random.Random) -> Iterator[Kind]:
    born = f"19{draw.randrange(60, 99)}{draw.randrange(1, 13):02d}{draw.randrange(1, 29):02d}"

    def one(kind: str, form: str, text: str, written: str, *, is_clear: bool = False) -> Kind:
        return Kind(kind, form, text.replace("#", written), (written,), is_clear)

    for form, written in {
        "18 digits": f"330106{born}{digits(draw, 4)}", "with X": f"330106{born}{digits(draw, 3)}X",
        "with x": f"110101{born}{digits(draw, 3)}x", "in groups": f"510104 {born} {digits(draw, 4)}",
        "with dashes": f"440305-{born}-{digits(draw, 4)}",
        "full width": f"330106{born}{digits(draw, 4)}".translate(FULL_WIDTH),
        "every digit apart": " ".join(f"330106{born}{digits(draw, 4)}"),
        "Chinese digits": f"330106{born}{digits(draw, 4)}".translate(IN_CHINESE),
    }.items():  # fmt: skip
        yield one("identity card", form, "身份证#清关用", written, is_clear=True)
    yield one("identity card", "15 digits", "身份证号码：#", f"330106{born[2:]}{digits(draw, 3)}")
    yield one("passport", "plain", "#", f"E{digits(draw, 8)}")
    yield one("passport", "two letters", "护照号 #", f"EA{digits(draw, 7)}")
    yield one("passport", "small letter", "护照是#", f"g{digits(draw, 8)}")
    yield one("permit", "Hong Kong and Macau", "通行证号码#", f"C{digits(draw, 8)}")
    yield one("permit", "return", "回乡证 #", f"H{digits(draw, 10)}")
    yield one("permit", "Taiwan", "台胞证：#", digits(draw, 8).replace("0", "1"))
    yield one("identity card", "of Hong Kong", "我的是#", f"A{digits(draw, 6)}(3)")
    yield one("driving licence", "number", "驾驶证档案编号#", f"3301{digits(draw, 8)}")
    yield one("officer's card", "number", "军官证号：#", digits(draw, 7).replace("0", "1"))
    yield one("social insurance", "number", "社保号#", digits(draw, 10).replace("0", "3"))
    yield one("medical record", "number", "病历号 #", digits(draw, 8).replace("0", "4"))
    yield one("medical record", "visit card", "就诊卡号：#", digits(draw, 9).replace("0", "5"))
    yield one("medical record", "hospital stay", "住院号#", f"ZY{digits(draw, 7)}")
    yield one("birthday", "in words", "我生日是#", "1990年5月13日")
    yield one("birthday", "with dashes", "出生日期：#", "1988-07-21")
    yield one("birthday", "eight digits", "生日#", "19950317")
    yield one("birthday", "behind", "#出生的", "2021年3月4日")
    yield one("birthday", "with dots", "宝宝生日2023.5.17，尿不湿买大了", "2023.5.17")


def cards(draw: random.Random) -> Iterator[Kind]:
    def one(form: str, text: str, written: str, *, is_clear: bool = True) -> Kind:
        return Kind("bank card", form, text.replace("#", written), (written,), is_clear)

    yield one("19 digits", "卡号#", f"62{digits(draw, 17)}")
    yield one("16 digits", "打到#", f"62{digits(draw, 14)}")
    yield one("groups of four", "退到#", parted(f"62{digits(draw, 17)}", " ", 4, 4, 4, 4, 3))
    yield one("groups with dashes", "退到#", parted(f"62{digits(draw, 14)}", "-", 4, 4, 4, 4))
    yield one("Visa", "card #", with_check_digit(f"4{digits(draw, 14)}"))
    yield one("Mastercard in groups", "card #", parted(with_check_digit(f"53{digits(draw, 13)}"), " ", 4, 4, 4, 4))
    yield one("full width", "卡号#", f"62{digits(draw, 17)}".translate(FULL_WIDTH))
    yield one("after the bank's name", "工行卡号：#", parted(f"95588{digits(draw, 14)}", " ", 4, 4, 4, 4, 3))
