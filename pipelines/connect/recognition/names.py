"""Reduces headers to what they mean: width, case, blanks, units in brackets, and words that say the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from itertools import pairwise

from xuanpin.pipelines.connect.recognition.files import rows_of

_TRADITIONAL = (
    "訂單編號碼買賣價數據庫額實際計時間貨運費稅優購狀態發簽團長組員會評論圖鏈類別規標題稱個戶聯繫電話證請說備註銷總點顧顏級創換過處進開關內應項條營業務導達從給與為國區縣鎮鄉圍門網絡頁鍵帳賬層動產後線聲歷經"
    "濟廣勵獎質損壞壓變縮張頻視劃紅減積領儲閱覽樣風紹資訊傳遞統寫讀親簡體驗啟閉預約補齊調審辦結衝擊無誤確認餘隨機檔臺灣東車廠農藥飲飯腸衛潔淨鮮凍連採製贈鎖權歸屬檢環銀幣圓億萬兩種絲羅綠藍黃麵麥鐵雙蘋韓陳劉"
    "楊趙滿飛馬魚鳥帐續郵齡壽養護醫療歡樂謝嗎誰讓議贊躍軟輕載輯輸邊醬釋鈕鋼錯閃閒闆陽陰隊險雜離難靜頂須頒頓頭願顯髮鬆魯麗麼齒龍縫襯褲飾錶襪紙盤鍋爐櫃燈腦鏡筆書畫場園鄰樓鑰繳納還償賠毀髒爛該愛寶塊夠專尋對將"
    "屆島崗幹廳彈強徑憑憶戲擔擇擁擴攝擺敵斷術極構櫥歐殺氣決況測濕瀏滅熱燒爾牆犧獨獲現異癥盜監盡眾睏礎禮窮競節範糧紋純細終綁維緊練織繡罰習聖職聽腳臉藝虧蟲裝複覺觀觸記許詢誠語課講識負貝貢財販貧貴貼賓贏趕跡踐"
    "軌轉轎遊遠適選邏釣鈴鋪錄鍛閥陸雖雲顆館駕驅鬧"
)
_SIMPLIFIED = (
    "订单编号码买卖价数据库额实际计时间货运费税优购状态发签团长组员会评论图链类别规标题称个户联系电话证请说备注销总点顾颜级创换过处进开关内应项条营业务导达从给与为国区县镇乡围门网络页键账账层动产后线声历经"
    "济广励奖质损坏压变缩张频视划红减积领储阅览样风绍资讯传递统写读亲简体验启闭预约补齐调审办结冲击无误确认余随机档台湾东车厂农药饮饭肠卫洁净鲜冻连采制赠锁权归属检环银币圆亿万两种丝罗绿蓝黄面麦铁双苹韩陈刘"
    "杨赵满飞马鱼鸟账续邮龄寿养护医疗欢乐谢吗谁让议赞跃软轻载辑输边酱释钮钢错闪闲板阳阴队险杂离难静顶须颁顿头愿显发松鲁丽么齿龙缝衬裤饰表袜纸盘锅炉柜灯脑镜笔书画场园邻楼钥缴纳还偿赔毁脏烂该爱宝块够专寻对将"
    "届岛岗干厅弹强径凭忆戏担择拥扩摄摆敌断术极构橱欧杀气决况测湿浏灭热烧尔墙牺独获现异症盗监尽众困础礼穷竞节范粮纹纯细终绑维紧练织绣罚习圣职听脚脸艺亏虫装复觉观触记许询诚语课讲识负贝贡财贩贫贵贴宾赢赶迹践"
    "轨转轿游远适选逻钓铃铺录锻阀陆虽云颗馆驾驱闹"
)
_FOLDED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
"""Traditional characters of the trade to simplified ones."""
_BRACKETED = re.compile(r"[(\[{<【〔](.*?)[)\]}>】〕]")
_HINT = re.compile(
    r"(单位)?[:：]?(人民币|rmb|cny|usd|元|分|件|个|份|人|天|日|克|g|kg|千克|¥|￥|\$|%|必填|选填|可选|必选|可空|不可修改|"
    r"勿改|只读|加密|脱敏|已脱敏|utc|gmt[+-]?\d*|utc[+-]?\d*|北京时间|required|optional|yyyy.*|在此填写|文本|数字)"
)
"""What stands in brackets behind a header without changing what it means: a unit, a mark of the form."""
_HIDDEN = re.compile("[\u200b-\u200f\ufeff\u00ad\u0000-\u001f]")
_ENDS = re.compile(r"^[*＊#\s]+(?=\S)|[*＊:：\s]+$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORDS = re.compile(r"[a-z]+|\d+|#|[\u4e00-\u9fff]+")
_GLUED = re.compile(
    r"\b(sku|spu|item|product|goods|order|user|buyer|customer|member|shop|store|msg|message|room|group|refund|return|update"
    r"|create|pay|payment|ship|trade|talker|sender|supplier|brand|category|agent|line)"
    r"(id|no|sn|code|name|time|date|price|qty|num|status|type|title|url|amount|count)\b"
)
"""Two words that systems write as one, as skuid and createtime."""
_PLACES = frozenset({"on", "at"})
"""Words of time behind a word (created on), and of place before one (on order, on hand)."""
_COUNT_OF = re.compile(r"^(?:number|no|count|num|#) of ")
"""A number of items is a count, an item number an id."""
_CHINESE = re.compile("[\u4e00-\u9fff]")
_SMALL_WORDS = frozenset({"the", "of", "a", "an", "s", "by", "in", "for", "my"})
"""English words that headers have or leave out without a difference."""


def folded(text: str) -> str:
    """Return a text in lower case and one width, in simplified characters, without hidden marks."""
    if text.isascii() and text.isprintable():
        return text.lower().strip()
    return _HIDDEN.sub("", unicodedata.normalize("NFKC", text)).translate(_FOLDED).lower().strip()


LONGEST = 200
"""Characters of the longest header that is looked up: what is longer is a text, and costs its square to look up."""


@cache
def readings(header: str) -> tuple[str, ...]:
    """Return what a header may be looked up as, the closest first: whole, then without what stands in brackets.

    A unit or a mark of the form in brackets is never part of a reading; what is far longer than a name has none.
    """
    if len(header) > LONGEST:
        return ()
    spaced = folded(_CAMEL.sub(" ", unicodedata.normalize("NFKC", header)))
    bare = _ENDS.sub("", _BRACKETED.sub(_kept, spaced))
    short = _ENDS.sub("", _BRACKETED.sub(" ", bare))
    return tuple(dict.fromkeys(text for text in (_joined(bare), _joined(short)) if text))


def _kept(found: re.Match[str]) -> str:
    inner = "".join(found.group(1).split())
    return " " if not inner or _HINT.fullmatch(inner) else f"({inner})"


@cache
def _joined(text: str) -> str:
    """Return a reading with one blank between English words and none beside Chinese characters."""
    words = _WORDS.findall(_GLUED.sub(r"\1 \2", text))
    pieces = words[:1]
    for before, word in pairwise(words):
        chinese = _CHINESE.match(before) or _CHINESE.match(word)
        pieces.append(word if chinese else f" {word}")
    return "".join(pieces)


@cache
def meaning(reading: str) -> str:
    """Return a reading in which words that say the same are one: 商品编码 and 货品编号 are both <货><号>."""
    return _chinese(reading) if _CHINESE.search(reading) else _english(reading)


def _chinese(reading: str) -> str:
    pattern, replace = _chinese_words()
    return pattern.sub(replace, reading.replace(" ", "")).replace("的", "")


def _english(reading: str) -> str:
    same, counted = _english_words(), _COUNT_OF.sub("quantity ", reading)
    first, *rest = counted.split()
    words = [first, *(word for word in rest if word not in _SMALL_WORDS)]
    words = [word if word in _PLACES and at == 0 else same.get(word, word) for at, word in enumerate(words)]
    return " ".join(sorted(set(words)))


@cache
def _chinese_words() -> tuple[re.Pattern[str], Callable[[re.Match[str]], str]]:
    pairs = {word: f"<{row['meaning']}>" for row in _synonyms("chinese") for word in row["words"].split("|")}
    longest_first = sorted(pairs, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first))), lambda found: pairs[found.group()]


@cache
def _english_words() -> dict[str, str]:
    return {word: row["meaning"] for row in _synonyms("english") for word in row["words"].split("|")}


def _synonyms(script: str) -> list[dict[str, str]]:
    return [row for row in rows_of("synonyms.csv") if row["script"] == script]
