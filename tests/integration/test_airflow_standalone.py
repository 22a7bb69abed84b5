"""A whole Airflow: assets start the night, a person approves through REST, readers see the list."""

import socket
from datetime import date, timedelta

import pytest

from pipelines import shelf
from pipelines.night import Home

DAY = date(2026, 11, 21)
LIST_DATE = DAY + timedelta(days=1)


@pytest.fixture
def free_port():
    """The first of three ports in a row that nobody uses: for the page and for the servers of logs."""
    for port in range(18080, 18180, 3):
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            try:
                for offset, taken in enumerate((first, second, third)):
                    taken.bind(("127.0.0.1", port + offset))
            except OSError:
                continue
            return port
    pytest.skip("no three free ports in a row between 18080 and 18180")


@pytest.mark.standalone
def test_a_night_that_assets_start_is_approved_through_rest(platform, fingerprint, free_port, tmp_path):
    from tools.airflow_local import Place, running
    from tools.airflow_run import answer, take_sources_in, wait_for_end, wait_for_review

    config = tmp_path / "xuanpin.toml"
    config.write_text('[review]\nmode = "required"\n', encoding="utf-8")
    home = Home(tmp_path / "home")
    with running(Place(tmp_path / "airflow", home.root, platform.sources, config, free_port)) as client:
        run_id = take_sources_in(client, DAY.isoformat())
        page = wait_for_review(client, run_id)
        assert page["options"] == ["Approve", "Reject"]
        assert f"## List for {LIST_DATE}: pending" in page["body"]
        assert shelf.current_run(home, LIST_DATE) is None
        answer(client, run_id, "Approve", "looks right")
        outcome = wait_for_end(client, run_id, page["body"])
    assert outcome.state == "success"
    assert outcome.tasks["keep_last_list"] == "skipped"
    assert outcome.published["state"] == "approved"
    assert shelf.require_run(home, LIST_DATE).run_id == outcome.published["run_id"]
    by_hand = platform.night(tmp_path / "by_hand", DAY)
    assert fingerprint(home, LIST_DATE) == fingerprint(by_hand, LIST_DATE)
