"""SKUs on trial hold a place of the list for another reason than what agents would sell of them."""

from tests.support.night_tables import table
from xuanpin.pipelines.engine import Engine


def test_new_and_pinned_skus_are_on_trial_and_no_others(warehouse: Engine) -> None:
    roles = ["core", "explore", "clearance", "seasonal", "pinned"]
    table(warehouse, "night.sku_list", "sku_id varchar, role varchar", [(f"S-{role}", role) for role in roles])
    assert warehouse.select("int_trial_skus")["sku_id"].to_pylist() == ["S-explore", "S-pinned"]
