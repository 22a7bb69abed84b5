"""The promise of two engines: every SQL file that is not DuckDB's alone answers the same on a cluster.

`make parity` asks a real Spark; without XUANPIN_PARITY a Sail server of its own answers.
"""

from collections.abc import Iterator

import pytest

from tests.parity.capture import portable_stems
from tests.parity.feeds import Calls, all_calls
from tests.parity.replay import Cluster, cluster

pytestmark = [pytest.mark.parity, pytest.mark.whole]

NEVER_RUN = {
    "catalogue_skus": "of drops that hold a whole platform in other forms, which the two nights lack",
    "platform_agents": "of drops that hold a whole platform in other forms, which the two nights lack",
    "platform_groups": "of drops that hold a whole platform in other forms, which the two nights lack",
    "described_agents": "of drops that hold a whole platform in other forms, which the two nights lack",
    "described_groups": "of drops that hold a whole platform in other forms, which the two nights lack",
    "described_products": "of drops that hold a whole platform in other forms, which the two nights lack",
    "stood_in_inventory": "of drops that hold a whole platform in other forms, which the two nights lack",
    "int_style_vectors": "of pictures' vectors, which neither night is given",
    "int_worded_days": "of words that changed between two nights",
    "known_agents": "of what agents wrote in answers on paper",
    "said_before": "of what agents wrote in answers on paper",
    "plan_coverage": "of plans",
    "return_lines": "of returns that name an order alone",
    "return_parts": "of returns that name an order alone",
    "stored_messages": "of messages that are sent again",
    "unsure_messages": "of messages offered for labels",
}
"""Files that nothing here feeds, each with the reason."""


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Calls:
    """What DuckDB was asked, and answered, by stem."""
    return all_calls(tmp_path_factory.mktemp("parity"))


@pytest.fixture(scope="module")
def spark() -> Iterator[Cluster]:
    """The cluster that repeats it."""
    with cluster() as opened:
        yield opened


@pytest.mark.parametrize("stem", sorted(portable_stems() - NEVER_RUN.keys()))
def test_a_file_answers_the_same_on_a_cluster(calls: Calls, spark: Cluster, stem: str) -> None:
    assert stem in calls, "no call of it was taken down: feed it in tests/parity/feeds.py"
    assert [found for call in calls[stem] if (found := spark.difference(call))] == []


def test_files_that_are_left_out_exist() -> None:
    assert NEVER_RUN.keys() <= portable_stems()
