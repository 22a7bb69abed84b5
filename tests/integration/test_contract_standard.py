"""The contract standard's own tool accepts what a night publishes, and notices what is damaged.

It is in an environment of its own, which `make contracts` makes; continuous integration does so before the tests.
"""

from pathlib import Path

import duckdb
import pytest

from tools.contract_standard import KNOWN, TOOL, checked, sample, sample_faults
from xuanpin.pipelines.context import Home

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(not TOOL.exists(), reason="the standard's tool is not installed: make .venv-contracts/.run"),
]
DAMAGE = {
    "sku_list__title__field_required": "update sku_list set title = null where list_rank = 1",
    "sku_list__list_rank__field_minimum": "update sku_list set list_rank = 0 where list_rank = 1",
    "sku_list__role__field_enum": "update sku_list set role = 'other' where list_rank = 2",
    "sku_scorecard__score__field_type": "alter table sku_scorecard alter score type varchar",
    "alarms__metric__field_is_present": "alter table alarms drop metric",
    "agent_matches__sku_id__sku_list__sku_id__field_relationships": "update agent_matches set sku_id = 'ghost'"
    " where match_rank = 1",
    "run_quality__primary_key_unique": "insert into run_quality select * from run_quality limit 1",
}
"""What is done to a good sample, by the check that has to fail."""


def test_a_published_night_passes_and_a_damaged_one_does_not(golden_home: Home, tmp_path: Path) -> None:
    database = sample(golden_home, tmp_path)
    assert sample_faults(checked(database)) == []
    with duckdb.connect(str(database)) as connection:
        for change in DAMAGE.values():
            connection.execute(change)
    failed = {check["key"] for check in checked(database) if check["result"] == "failed"}
    assert failed >= DAMAGE.keys() | KNOWN.keys()
