"""A select in another thread finds what was committed before it, while the engine writes."""

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from xuanpin.pipelines.engine import aside, open_memory


def test_a_select_runs_aside_on_what_was_committed_before_it() -> None:
    engine = open_memory()
    engine.execute("create table night.stg_agents as select 'A1' as agent_id, 1 as price_min, 5 as price_max")
    find = aside(engine, "int_quoted_agents", unused=1)
    with engine.transaction(), ThreadPoolExecutor(1) as pool:
        engine.store("night.stg_agents", pa.table({"agent_id": ["A2"], "price_min": [2], "price_max": [3]}))
        found = pool.submit(find).result()
    assert [(row["agent_id"], row["price_bounds"]) for row in found.to_pylist()] == [("A1", ",min=1,max=5")]
    engine.close()
