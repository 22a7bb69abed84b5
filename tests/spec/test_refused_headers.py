"""Settings may not name what recruits or pays sellers: which headers a mapping and a view are refused for."""

from __future__ import annotations

from pathlib import Path

import pytest

from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.mapping import TableMapping, load_mapping
from xuanpin.pipelines.settings.running import SourceTable

REFUSED = [
    "上级分销员",
    "一级佣金",
    "邀请码",
    "直推人数",
    "团队业绩",
    "返佣金额",
    "推荐人ID",
    "upline",
    "Referral Code",
]
FINE = ["分销员编号", "团长编号", "上级类目", "一级分类", "推荐理由", "Referral Source"]


def mapped(table: str, **settings: object) -> TableMapping:
    return load_mapping(load_contract(table), SourceTable.model_validate(settings))


def viewed(table: str, folder: Path, select: str) -> TableMapping:
    (folder / "view.sql").write_text(select, encoding="utf-8")
    return mapped(table, view=folder / "view.sql")


@pytest.mark.parametrize("header", REFUSED)
def test_a_mapping_that_names_it_is_refused(header: str) -> None:
    with pytest.raises(UsageError) as refusal:
        mapped("agents", columns={header: "agent_id"})
    assert str(refusal.value).startswith(f'[sources.tables.agents] columns reads "{header}": ')
    assert UsageError.exit_code == 2


@pytest.mark.parametrize("header", REFUSED)
def test_a_view_that_reads_it_is_refused_under_whatever_name(header: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refusal:
        viewed(
            "agents", tmp_path, f'with a as (select d."{header}" as who from "drop" as d) select who as agent_id from a'
        )
    assert f'view view.sql reads "{header}"' in str(refusal.value)


@pytest.mark.parametrize("header", FINE)
def test_a_header_of_another_meaning_is_read(header: str, tmp_path: Path) -> None:
    assert mapped("agents", columns={header: "agent_id"}).names == {header: "agent_id"}
    assert viewed("agents", tmp_path, f'select "{header}" as agent_id from "drop"').view


def test_a_view_may_speak_of_it_and_leave_it_out(tmp_path: Path) -> None:
    text = '-- 上级 is not read.\nselect * exclude ("上级分销员"), \'邀请码\' as style_tags from "drop"'
    assert viewed("agents", tmp_path, text).view


def test_a_commission_of_a_sku_is_kept_for_the_audit_alone(tmp_path: Path) -> None:
    assert mapped("products", columns={"佣金比例": "commission_rate"}).names
    assert viewed("products", tmp_path, 'select "佣金" / 100 as commission_rate from "drop"').view
    with pytest.raises(UsageError):
        mapped("products", columns={"佣金比例": "list_price"})
    with pytest.raises(UsageError):
        viewed("orders", tmp_path, 'select "佣金" as unit_price from "drop"')
