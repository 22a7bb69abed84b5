"""A table that is larger than what a server takes at once reaches the cluster part by part."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from tools.spark_server import spark_server
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.cluster import views
from xuanpin.pipelines.engine.cluster.lake import Lake
from xuanpin.pipelines.engine.cluster.places import IN_FORCE, Places
from xuanpin.pipelines.engine.cluster.session import close_session, open_session
from xuanpin.pipelines.engine.protocol import Engine

ROWS = pa.table({"number": range(1000), "word": [f"词{number % 7}" for number in range(1000)]})


@pytest.fixture
def driver() -> Iterator[Engine]:
    """A warehouse of which no table stands in the lake."""
    engine = open_memory()
    engine.store(
        IN_FORCE, pa.table({f"stored_{name}": pa.array([], pa.string()) for name in ("table", "folder", "part")})
    )
    yield engine
    engine.close()


@pytest.mark.parametrize("largest", [1, 1_000, ROWS.nbytes - 1, ROWS.nbytes])
def test_every_row_arrives_once(largest: int, driver: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "LARGEST_MESSAGE", largest)
    rows = ROWS.slice(0, 5) if largest == 1 else ROWS
    with spark_server() as server:
        session = open_session(server.address)
        lake = Lake(session, str(tmp_path / "lake"), tmp_path / "journal")
        sent = views.Views(session, driver, lake, Places(driver)).send(rows)
        assert sent.toArrow().sort_by("number").cast(rows.schema).equals(rows)
        assert (tmp_path / "lake").exists() is (rows.nbytes > largest)
        close_session(session)
