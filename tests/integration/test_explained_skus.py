"""`explain sku` says who is given a listed SKU, or that nobody is."""

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.explain import sku_facts, sku_text


def test_a_listed_sku_names_its_agents_and_one_without_any_says_so(published: Home) -> None:
    run = run_store.require_run(published)
    matched = run_store.read_table(published, run, "agent_matches")["sku_id"].to_pylist()
    for sku in run_store.read_table(published, run, "sku_list")["sku_id"].to_pylist():
        facts = sku_facts(published, sku, None)
        assert facts["agents"] == matched.count(sku)
        count = matched.count(sku)
        given = f"Given to {count} agent{'s' if count != 1 else ''}" if count else "Given to no agent:"
        assert given in sku_text(facts)


def test_a_sku_off_the_list_is_said_to_be_given_to_nobody_by_its_decision_alone(published: Home) -> None:
    run = run_store.require_run(published)
    cards = run_store.read_table(published, run, "sku_scorecard").to_pylist()
    off = next(row["sku_id"] for row in cards if row["decision"] == "not_listed")
    assert "Given to" not in sku_text(sku_facts(published, off, None))
