"""The promise of two engines: every SQL file that is not DuckDB's alone answers the same on a cluster.

`make parity` asks a real Spark; without XUANPIN_PARITY a Sail of its own answers.
"""

from collections.abc import Iterator

import pytest

from tests.parity.capture import portable_stems
from tests.parity.feeds import Calls, all_calls
from tests.parity.replay import Cluster, cluster

pytestmark = [pytest.mark.parity, pytest.mark.whole]


NO_ROWS = {
    "derived_batches": "of a derived table whose own rows came later",
    "int_liked_categories": "of agents who have taken three SKUs of a category",
    "report_danger_doubts": "of reports of danger that hold nothing",
    "report_danger_excerpts": "of SKUs that are held for danger",
    "report_dangers": "of SKUs that are held for danger",
    "report_limits": "of agents with limits of their own",
}
"""Files whose answers hold no row here: what they speak of is in no feed."""


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Calls:
    """What DuckDB was asked, and answered, by stem."""
    return all_calls(tmp_path_factory.mktemp("parity"))


@pytest.fixture(scope="module")
def spark() -> Iterator[Cluster]:
    """The cluster that repeats it."""
    with cluster() as opened:
        yield opened


@pytest.mark.parametrize("stem", sorted(portable_stems()))
def test_a_file_answers_the_same_on_a_cluster(calls: Calls, spark: Cluster, stem: str) -> None:
    assert stem in calls, "no call of it was taken down: feed it in tests/parity/feeds.py"
    assert any(call.result.num_rows for call in calls[stem]) is (stem not in NO_ROWS)
    assert [found for call in calls[stem] if (found := spark.difference(call))] == []
