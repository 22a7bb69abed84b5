"""Homes that earlier releases have written, and what the golden platform sends on the day after."""

from __future__ import annotations

import shutil
import tarfile
from datetime import date, datetime
from pathlib import Path

from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.settings import Settings

TESTS = Path(__file__).resolve().parents[1]
GOLDEN = TESTS / "golden" / "sources"
FIRST, SECOND = date(2026, 11, 21), date(2026, 11, 22)
"""As-of dates: of the night that the fixtures hold, and of the first night after the upgrade."""

SECOND_DAY = {
    "orders": """
L900,OL900,2026-11-20 10:00:00,A1,G1,C108,,S1,1,39.9,delivered,2026-11-22 10:00:00,K1,2026-11-22 10:00:00
L901,OL901,2026-11-20 11:00:00,A1,G1,C901,,S7,2,49.9,delivered,2026-11-22 11:00:00,K1,2026-11-22 11:00:00
L902,OL902,2026-11-22 12:00:00,A2,G2,C208,,S3,1,59.0,paid,,,2026-11-22 12:00:00
""",
    "returns": "RL901,L901,2026-11-22 18:00:00,1,quality,49.9,,2026-11-22 18:00:00\n",
    "chat_messages": """
M900,G1,A1,agent,2026-11-22 09:00:00,今天这款我自己家也在用，放心拍,S7,
M901,G1,C108,customer,2026-11-22 15:00:00,收到了，质量很好,S1,
M902,G1,C901,customer,2026-11-22 17:00:00,收纳箱裂了，太失望了,S7,
""",
    "inventory": "".join(f"S{number},2026-11-22,{0 if number == 4 else 120}\n" for number in range(1, 9)),
}
"""Rows of the second day by source table, in the columns of the golden drops."""


def unpacked(release: str, folder: Path) -> Home:
    """A home that a release wrote on the golden night, such as "0_1_0"."""
    with tarfile.open(TESTS / "fixtures" / f"home_{release}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return Home(folder)


def second_day(folder: Path) -> Path:
    """The golden drops and one more for each table of SECOND_DAY."""
    sources = Path(shutil.copytree(GOLDEN, folder))
    for table, rows in SECOND_DAY.items():
        with (GOLDEN / table / "golden.csv").open(encoding="utf-8") as first:
            head = first.readline()
        (sources / table / "second.csv").write_text(head + rows.lstrip(), encoding="utf-8")
    return sources


def golden_night(home: Home, as_of: date, sources: Path = GOLDEN) -> Home:
    """Run one night on the golden platform with today's code."""
    run_night(RunRequest(as_of, home, sources, Settings(), morning(as_of)))
    return home


def morning(as_of: date) -> datetime:
    """The small hours after a business day."""
    return datetime(as_of.year, as_of.month, as_of.day + 1, 1, 30, tzinfo=BEIJING)
