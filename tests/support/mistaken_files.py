"""Files as people hand them over by mistake, and as programs save them: the names say what is odd about each."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl

LABELS = "message_id,text,label,aspects\nML002,好,满意,质量\n"
OVERRIDES = "override_id,sku_id,action,starts_on,ends_on,reason,author,approved_by\n,S1,pin,,,主推,小陈,\n"
SETTINGS = "[assortment]\nlist_size = 5\n"

TEXTS = {
    "labels": LABELS,
    "overrides": OVERRIDES,
}


def write_files(folder: Path) -> None:
    """Write sheets of both kinds in every state, settings files, and paths that are not what they seem."""
    for name, text in TEXTS.items():
        for odd, content in _states(text).items():
            (folder / f"{name}_{odd}").write_bytes(content)
        _write_workbooks(folder, name, text)
    for name, content in _settings().items():
        (folder / f"{name}.toml").write_bytes(content)
    (folder / "a_file").write_text("not a home", encoding="utf-8")
    (folder / "a_folder").mkdir()
    (folder / "no_database").mkdir()
    (folder / "no_database" / "warehouse.duckdb").write_bytes(b"rubbish" * 999)


def _states(text: str) -> dict[str, bytes]:
    otherwise = text.replace("_id", " ID").replace("label", "Ｌabel").replace("action", "ACTION")
    return {
        "plain.csv": text.encode(),
        "gb18030.csv": text.encode("gb18030"),
        "utf16.csv": text.encode("utf-16"),
        "utf16_unmarked.csv": text.encode("utf-16-le"),
        "tabs.csv": text.replace(",", "\t").encode("utf-8-sig"),
        "semicolons.csv": text.replace(",", ";").encode(),
        "cr.csv": text.replace("\n", "\r").encode(),
        "header_written_otherwise.csv": otherwise.encode(),
        "title_above.csv": f"sep=,\n七月的表\n\n{text}\n\n".encode(),
        "nul.csv": text.encode() + b"\x00,\x00\n",
        "too_many_cells.csv": (text + "x,y,z" + ",w" * 20 + "\n").encode(),
        "open_quote.csv": (text + '"x,y\n').encode(),
        "rubbish.csv": bytes(range(256)) * 20,
        "empty.csv": b"",
        "huge_cell.csv": (text + "x," + "y" * 200_000 + "\n").encode(),
        "is_text.xlsx": text.encode(),
        "broken.xlsx": b"PK\x03\x04rubbish",
        "old.xls": b"\xd0\xcf\x11\xe0" + bytes(500),
        "page.xls": b"<html><table><tr><td>message_id</td></tr></table></html>",
        "no_such_column.csv": text.replace("_id", "_it").replace("label", "lable").encode(),
    }


def _write_workbooks(folder: Path, name: str, text: str) -> None:
    rows = [line.split(",") for line in text.splitlines()]
    book = openpyxl.Workbook()
    book.create_sheet("filled")
    for row in (rows[0], [], *rows[1:]):
        book["filled"].append([cell or None for cell in row])
    book.save(folder / f"{name}_second_sheet.xlsx")
    (folder / f"{name}_second_sheet.csv").write_bytes((folder / f"{name}_second_sheet.xlsx").read_bytes())
    openpyxl.Workbook().save(folder / f"{name}_blank.xlsx")
    with zipfile.ZipFile(folder / f"{name}_zip.xlsx", "w") as packed:
        packed.writestr("a.txt", "b")
    with zipfile.ZipFile(folder / f"{name}_bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        for part in range(9):
            packed.writestr(f"xl/sheet{part}.xml", bytes(64 << 20))


def _settings() -> dict[str, bytes]:
    return {
        "bom": SETTINGS.encode("utf-8-sig"),
        "utf16": SETTINGS.encode("utf-16"),
        "gb18030": f"# 清单\n{SETTINGS}".encode("gb18030"),
        "crlf": SETTINGS.replace("\n", "\r\n").encode(),
        "cr": SETTINGS.replace("\n", "\r").encode(),
        "tabs": SETTINGS.replace(" ", "\t").encode(),
        "nothing": b"",
        "twice": (SETTINGS + "list_size = 6\n").encode(),
        "section_twice": (SETTINGS + SETTINGS).encode(),
        "nul": b"[assortment]\x00\n",
        "word": b'[assortment]\nlist_size = "many"\n',
        "truth": b"[assortment]\nlist_size = true\n",
        "day": b"[assortment]\nlist_size = 2026-11-21\n",
        "list": b"[assortment]\nlist_size = [1, 2]\n",
        "huge": b"[assortment]\nlist_size = 99999999999999999999999\n",
        "long": b"[retention]\nlog_days = 999999999\n",
        "infinite": b"[scoring]\nregret_cost = inf\n",
        "misspelt": b"[assortment]\nlist_sise = 5\n",
        "misspelt_section": b"[asortment]\nlist_size = 5\n",
        "no_section": b"list_size = 5\n",
        "no_key": b"[assortment]\nqqqq = 5\n",
        "no_table": b"assortment = 5\n",
        "case": b'[review]\nmode = "Auto"\n',
        "memory": b'[engine]\nmemory_limit = "lots"\n',
        "lexicon": b'[feedback]\nlexicon_folder = "nowhere"\n',
        "broken": b"[assortment\n",
    }
