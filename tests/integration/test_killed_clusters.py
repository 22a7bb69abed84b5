"""A server of a cluster that ends in the middle of a night leaves the last list, and the next try is right."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import LAST_DAY, NOW, Platform
from tests.support.killed_clusters import end_server, killed_at_write, orphans, other_tables, outcome
from tools.spark_server import spark_server
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.cluster import on_cluster
from xuanpin.pipelines.engine.failures import EngineError
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.engine import EngineSettings


@pytest.fixture
def waiting(night_before: Home, tmp_path: Path) -> Home:
    """A home of its own whose last night but one has run on DuckDB; its tables move to the lake when it is opened."""
    shutil.copytree(night_before.root, tmp_path / "home")
    return Home(tmp_path / "home")


def asked(home: Home, platform: Platform, address: str) -> RunRequest:
    """The last night on the server at this address, large tables and what comes of them staying there."""
    engine = EngineSettings(kind="spark", address=address, lake=str(home.root.parent / "lake"), driver_rows=100)
    return RunRequest(LAST_DAY, home, platform.sources, Settings(engine=engine), NOW)


def test_a_cluster_that_fails_while_a_home_is_opened_leaves_no_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xuanpin.pipelines.engine.cluster.engine.PlacedEngine", failing)
    with spark_server() as server, pytest.raises(EngineError, match="no lake"):
        on_cluster(open_memory(), tmp_path / "warehouse", address=server.address, lake=str(tmp_path), driver_rows=0)
    from pyspark.sql.connect.session import SparkSession

    assert SparkSession.getActiveSession() is None


def failing(*_: object) -> None:
    """Stand for an engine whose lake cannot be read."""
    raise EngineError("no lake", "SparkConnectGrpcException")


@pytest.mark.parametrize("number", [14])
def test_a_night_whose_server_ends_has_not_begun_and_the_next_is_right(
    number: int, waiting: Home, published: Home, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xuanpin.pipelines.engine.cluster.session.TRIES_AGAIN", 1)
    before = run_store.require_run(waiting, LAST_DAY)
    with spark_server() as server, killed_at_write([number], lambda: end_server(server)) as written:
        assert outcome(asked(waiting, platform, server.address))
    assert len(written) == number
    kept = run_store.require_run(waiting, LAST_DAY + timedelta(days=1))
    assert (kept.state, run_store.require_run(waiting, LAST_DAY)) == ("fallback", before)
    with spark_server() as server:
        assert outcome(asked(waiting, platform, server.address)) == ""
        assert orphans(asked(waiting, platform, server.address)) == []
    assert other_tables(waiting, published) == []
