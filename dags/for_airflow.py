"""All DAGs, for an Airflow that has Xuanpin installed: one file in its DAG folder with one line.

    from xuanpin.dags.for_airflow import *

Airflow takes the DAGs that it finds among a file's names, and reads only files that contain the words dag and airflow.
In this folder itself it reads the other files, one by one: `.airflowignore` leaves this one out, as ids must be unique.
"""

from __future__ import annotations

from xuanpin.dags.xuanpin_deadline import DEADLINE_DAG
from xuanpin.dags.xuanpin_deliver import DELIVER_DAG
from xuanpin.dags.xuanpin_ingest import INGEST_DAGS
from xuanpin.dags.xuanpin_learning import LEARNING_DAG
from xuanpin.dags.xuanpin_nightly import NIGHTLY_DAG
from xuanpin.dags.xuanpin_override import OVERRIDE_DAG

DAGS = {dag.dag_id: dag for dag in (*INGEST_DAGS, NIGHTLY_DAG, DEADLINE_DAG, DELIVER_DAG, LEARNING_DAG, OVERRIDE_DAG)}
"""Every DAG by its id."""

globals().update(DAGS)
__all__ = list(DAGS)
