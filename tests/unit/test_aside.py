"""A select in another thread finds what was committed before it, while the engine writes."""

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from xuanpin.pipelines.engine import aside, open_memory


def test_a_select_runs_aside_on_what_was_committed_before_it() -> None:
    engine = open_memory()
    engine.execute("create table night.stg_products as select 'S1' as sku_id, 5 as list_price")
    find = aside(engine, "int_judged_prices", unused=1)
    with engine.transaction(), ThreadPoolExecutor(1) as pool:
        engine.store("night.stg_products", pa.table({"sku_id": ["S2"], "list_price": [3]}))
        found = pool.submit(find).result()
    assert found.to_pylist() == [{"sku_id": "S1", "list_price": 5}]
    engine.close()
