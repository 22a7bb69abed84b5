"""Six exports of a shop as its platforms write them, none in our words: the folder that a new user has."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import openpyxl

_DAYS = 24
_STATES = ("已完成", "已发货", "已付款", "已关闭")
_REASONS = ("质量问题", "尺码不合适", "不想要了", "商品破损")
_NAMES = ("法式连衣裙", "羊毛围巾", "高山草莓", "帆布包", "棉麻衬衫", "保温杯")
_KINDS = ("女装>连衣裙", "配饰>围巾", "食品>水果", "箱包>帆布包", "女装>衬衫", "家居>杯具")

Rows = list[dict[str, Any]]


class Shop:
    """A little shop: 60 SKUs, four group leaders, and their orders and refunds of 24 days up to `last`, from a seed."""

    def __init__(self, last: date = date(2026, 11, 27), lines: int = 600, seed: int = 3) -> None:
        self.last, self.random = last, Random(seed)
        self.goods = [self._sku(number) for number in range(60)]
        self.orders = [self._line(number) for number in range(lines)]
        self.refunds = [self._refund(number, line) for number, line in enumerate(self._returned())]

    def _sku(self, number: int) -> dict[str, Any]:
        kind = number % len(_NAMES)
        price = 39 + 7 * self.random.randrange(40)
        return {
            "规格编码": f"GG{number:04d}",
            "商品标题": f"{_NAMES[kind]} {chr(65 + number // len(_NAMES))}款",
            "商品分类": _KINDS[kind],
            "零售价": f"¥{price}.00",
            "可售库存": 30 + self.random.randrange(200),
            "供应商": f"供货商{number % 5}",
            "重量": 0.5,
        }

    def _line(self, number: int) -> dict[str, Any]:
        sku = self.goods[min(self.random.randrange(60), self.random.randrange(60))]
        ordered = self._moment(number)
        state = self.random.choices(_STATES, (80, 10, 6, 4))[0]
        units = self.random.choice((1, 1, 1, 2))
        price = int(sku["零售价"][1:-3])
        arrived = ordered + timedelta(days=2, hours=self.random.randrange(20))
        is_old = arrived.date() <= self.last
        state = "已发货" if state == "已完成" and not is_old else state
        return {
            "订单编号": f"E2026{1000 + number // 2}",
            "下单时间": _written(ordered),
            "付款时间": _written(ordered + timedelta(minutes=2)),
            "完成时间": _written(arrived) if state == "已完成" else "",
            "买家昵称": f"小花{self.random.randrange(180)}",
            "收货人手机": f"138{self.random.randrange(10**8):08d}",
            "收货地址": "浙江省杭州市西湖区文三路 1 号",
            "商品标题": sku["商品标题"],
            "规格编码": sku["规格编码"],
            "购买数量": units,
            "实付金额": f"{price * units}.00",
            "订单状态": state,
            "团长编号": f"TZ{number % 4}",
            "群编号": f"Q{number % 4}",
            "快递公司": "顺丰" if number % 3 else "中通",
            "快递单号": f"SF{number:010d}",
            "佣金": "3.20",
        }

    def _moment(self, number: int) -> datetime:
        """The two lines of an order are of one moment."""
        random = Random(number // 2)
        day = self.last - timedelta(days=random.randrange(_DAYS))
        return datetime(day.year, day.month, day.day, 9 + random.randrange(12), random.randrange(60), 5)

    def _returned(self) -> Rows:
        old = [line for line in self.orders if line["订单状态"] == "已完成"]
        return [line for line in old if self.random.random() < (0.5 if line["规格编码"] < "GG0004" else 0.04)]

    def _refund(self, number: int, line: Mapping[str, Any]) -> dict[str, Any]:
        arrived = datetime.strptime(line["完成时间"], "%Y/%m/%d %H:%M:%S")
        return {
            "售后单号": f"TK{number:05d}",
            "订单编号": line["订单编号"],
            "规格编码": line["规格编码"],
            "申请时间": _written(min(arrived + timedelta(hours=9), datetime.combine(self.last, time(23, 50)))),
            "退款金额": float(line["实付金额"]),
            "退款原因": _REASONS[number % len(_REASONS)],
            "售后类型": "退货退款" if number % 3 else "仅退款",
            "售后状态": "退款成功",
        }


def _written(moment: datetime) -> str:
    return f"{moment.year}/{moment.month}/{moment.day} {moment:%H:%M:%S}"


def write_exports(folder: Path, shop: Shop) -> Path:
    """Write the six exports: a CSV in GB18030 under a title, a workbook of two sheets, a JSON document, a web page,
    an archive of two files, and UTF-16 with tabs."""
    folder.mkdir(parents=True, exist_ok=True)
    day = shop.last + timedelta(days=1)
    (folder / f"订单导出{day:%Y%m%d}.csv").write_bytes(f"小花的店 订单报表\n{as_csv(shop.orders)}".encode("gb18030"))
    notes: Rows = [{"说明": "本表由系统导出"}]
    (folder / "商品档案.xlsx").write_bytes(workbook({"使用说明": notes, "商品": shop.goods}))
    document = {"total": len(shop.refunds), "data": shop.refunds}
    (folder / f"售后单 {day}.json").write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    leaders = [
        {"团长编号": f"TZ{n}", "团长昵称": f"团长{n}", "注册时间": "2026-01-05", "状态": "正常"} for n in range(4)
    ]
    (folder / "团长列表.xls").write_text(as_page(leaders), encoding="utf-8")
    groups = [{"群编号": f"Q{n}", "团长编号": f"TZ{n}", "群人数": 120 + n, "建群时间": "2026-02-01"} for n in range(4)]
    (folder / "群导出.zip").write_bytes(
        zipped({"群列表.csv": as_csv(groups).encode("gb18030"), "群聊记录.csv": as_csv(_talk(shop)).encode()})
    )
    stock = [{"规格编码": sku["规格编码"], "日期": str(shop.last), "可售库存": sku["可售库存"]} for sku in shop.goods]
    (folder / f"库存快照{day:%Y%m%d}.txt").write_bytes(as_csv(stock, "\t").encode("utf-16"))
    return folder


def _talk(shop: Shop) -> Rows:
    said = ("收到了，很喜欢，料子舒服", "质量太差了，线头很多", "在吗")
    return [
        {
            "消息ID": f"M{number}",
            "群编号": line["群编号"],
            "发送人": line["买家昵称"],
            "身份": "客户",
            "发送时间": line["完成时间"],
            "内容": f"{line['商品标题']} {said[number % 3]}",
        }
        for number, line in enumerate(shop.orders[:60])
        if line["完成时间"]
    ]


def as_csv(rows: Sequence[Mapping[str, Any]], mark: str = ",") -> str:
    """The rows under their names."""
    lines = [list(rows[0]), *(list(map(str, row.values())) for row in rows)]
    return "".join(mark.join(line) + "\r\n" for line in lines)


def as_page(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a web page, which back offices save under the name of a workbook."""
    lines = [list(rows[0]), *(list(map(str, row.values())) for row in rows)]
    cells = ("".join(f"<td>{cell}</td>" for cell in line) for line in lines)
    return f"<html><table>{''.join(f'<tr>{line}</tr>' for line in cells)}</table></html>"


def workbook(sheets: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """A workbook with a sheet of rows for each name."""
    book = openpyxl.Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for line in (list(rows[0]), *(list(row.values()) for row in rows)):
            sheet.append(line)
    del book["Sheet"]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
