"""What `xuanpin recall` prints: whether the SKU is off the list, and for how long."""

from datetime import date, datetime
from pathlib import Path

import pytest

from tests.support.tiny_runs import publish
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.republishing.recall import Recall, recall_text

LIST_DATE = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (None, "its recall holds until it is lifted"),
        (date(2026, 11, 22), "its recall holds up to 2026-11-22"),
        (date(2026, 11, 21), "its recall is lifted: published lists stay as they are"),
    ],
)
def test_how_long_a_recall_holds_is_said(until: date | None, said: str, tmp_path: Path) -> None:
    run = publish(Home(tmp_path), LIST_DATE, "run", "recalled", sku_list=[{"sku_id": "S1"}])
    asked = Recall("S2", LIST_DATE, "起毛", "王采", datetime(2026, 11, 22, 9, tzinfo=BEIJING), until)
    shown, held = recall_text(Home(tmp_path), run, asked).split("\n")
    assert shown == "list date 2026-11-22: recalled, run run; S2 is not on the list"
    assert held.startswith(said)


def test_a_sku_that_is_on_the_list_after_all_is_said_to_be_there(tmp_path: Path) -> None:
    run = publish(Home(tmp_path), LIST_DATE, "run", sku_list=[{"sku_id": "S1"}])
    asked = Recall("S1", LIST_DATE, "起毛", "王采", datetime(2026, 11, 22, 9, tzinfo=BEIJING), LIST_DATE)
    assert "; S1 is on the list\n" in recall_text(Home(tmp_path), run, asked)
