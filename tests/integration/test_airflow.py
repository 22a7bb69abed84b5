"""The scheduler takes the same path as the command line: same steps, same order, same published bytes."""

import os
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tests_support import LAST_DAY

DAGS = Path(__file__).resolve().parents[2] / "dags"
LIST_DATE = LAST_DAY + timedelta(days=1)


@pytest.fixture(scope="module")
def airflow(tmp_path_factory):
    """An Airflow with a database of its own; yields the function that loads our DAGs."""
    home = tmp_path_factory.mktemp("airflow")
    os.environ |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    }
    from airflow.utils.db import initdb

    initdb()
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(DAGS))


def test_the_dags_load(airflow):
    assert airflow.import_errors == {}
    assert set(airflow.dags) == {"xuanpin_nightly"}


def test_the_tasks_are_the_steps_of_the_night_in_order(airflow):
    from pipelines.nightly import STEPS

    dag = airflow.dags["xuanpin_nightly"]
    names = [step.name for step in STEPS]
    assert set(dag.task_ids) == set(names)
    for before, after in pairwise(names):
        assert dag.get_task(before).downstream_task_ids == {after}


def test_a_scheduled_night_publishes_the_same_bytes_as_the_command_line(
    airflow, platform, fingerprint, tmp_path, monkeypatch
):
    from pipelines.night import Home

    by_hand = platform.night(tmp_path / "by_hand")
    monkeypatch.setenv("XUANPIN_HOME", str(tmp_path / "scheduled"))
    monkeypatch.setenv("XUANPIN_SOURCES", str(platform.sources))
    run = airflow.dags["xuanpin_nightly"].test(run_conf={"as_of_date": LAST_DAY.isoformat()})
    assert str(run.state) == "success"
    assert fingerprint(Home(tmp_path / "scheduled"), LIST_DATE) == fingerprint(by_hand, LIST_DATE)


@pytest.mark.parametrize(
    ("partition", "params", "logical", "expected"),
    [
        ("2026-11-20", {}, None, date(2026, 11, 20)),
        (None, {"as_of_date": "2026-11-19"}, None, date(2026, 11, 19)),
        (None, {}, "2026-11-21T17:30:00+00:00", date(2026, 11, 21)),
    ],
)
def test_the_business_date_of_a_run(partition, params, logical, expected):
    from datetime import datetime
    from types import SimpleNamespace

    from dags.business_date import business_date

    instant = datetime.fromisoformat(logical) if logical else None
    run = SimpleNamespace(partition_key=partition, logical_date=instant, run_after=instant)
    assert business_date({"dag_run": run, "params": params}) == expected
