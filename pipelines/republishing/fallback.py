"""Publishes the last good list again when a night fails, checked against what is known now."""

from __future__ import annotations

import logging

import pyarrow as pa

from xuanpin.pipelines import run_store
from xuanpin.pipelines.answers.refusals import find_refusals
from xuanpin.pipelines.context import Night, RunRequest
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import Engine, EngineError
from xuanpin.pipelines.errors import DayRefused, HomeBusy, HomeNewer, NothingPublished, UsageError, XuanpinError
from xuanpin.pipelines.history.stage import stage_goods, stage_visible
from xuanpin.pipelines.republishing.derive import LatestInputs, derive
from xuanpin.pipelines.republishing.derived_run import Revision
from xuanpin.pipelines.republishing.recall import recalls_in_force
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.session import is_done, log_file, open_night
from xuanpin.pipelines.typed.phrase import phrase

log = logging.getLogger("xuanpin")
NO_HOLDS = pa.schema([("sku_id", pa.string()), ("since_on", pa.date32()), ("reports", pa.int64())])
"""Columns of night.int_danger_holds that a fallback reads."""


def publish_fallback(
    request: RunRequest, reason: str, latest: LatestInputs | None = None
) -> run_store.CurrentRun | None:
    """Publish the last good list for the list date of `request` as a fallback; return the run that is current then.

    A list date that already shows a list of its own keeps it. `reason` is published with the list; `latest` is what
    `latest_inputs` gave, read here where left out. Returns None, publishing nothing, where there is no earlier list.
    Raises HomeBusy while another process holds the warehouse, HomeNewer where a later release wrote it.
    """
    if not request.home.published.exists():
        return None
    with log_file(request.home):
        known = latest_inputs(request) if latest is None else latest
        return _publish_earlier(request, reason, known)


def _publish_earlier(request: RunRequest, reason: str, latest: LatestInputs) -> run_store.CurrentRun | None:
    with sealing.lock_published(request.home) as noting:
        standing = run_store.current_run(request.home, request.list_date)
        if standing is not None and standing.state != "fallback":
            return standing
        earlier = run_store.earlier_run(request.home, request.list_date)
        if earlier is None:
            return None
        recalls = {
            sku: decision.list_date for sku, decision in recalls_in_force(request.home, request.list_date).items()
        }
        revision = Revision(earlier, request.list_date, "fallback", reason, recalls, request.now)
        derived = derive(request.home, request.settings, revision, latest)
        derived.show(request.home, request.settings.publish.database_days, noting)
        log.warning("list date %s shows the list of %s again", derived.run.list_date, earlier.list_date)
    return derived.run


class FallbackOnFailure:
    """Publish a fallback when the night in its block fails, whatever the failure is, and let the failure pass on.

    `request` is that of the night. A failure that has no exit code of its own leaves as NothingPublished when a list
    was published in its place.
    """

    def __init__(self, request: RunRequest) -> None:
        self._request = request

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, DayRefused | HomeBusy | HomeNewer):
            _publish_after_failure(self._request, error)


def _publish_after_failure(request: RunRequest, failure: Exception) -> None:
    if not request.home.published.exists():
        return
    is_explained = isinstance(failure, XuanpinError)
    # The text of any other failure may quote a row.
    reason = str(failure) if is_explained else f"a step failed ({type(failure).__name__}); logs/xuanpin.log says which"
    with log_file(request.home):
        try:
            run = publish_fallback(request, reason)
        except (OSError, EngineError, XuanpinError) as error:
            log.error("no fallback could be published for %s (%s)", request.list_date, type(error).__name__)
            return
    if run is not None and not is_explained:
        raise NothingPublished(
            phrase(
                "list date {list_date}: {state}; {reason}",
                list_date=request.list_date,
                state=run_store.STATES[run.state],
                reason=reason,
            )
        ) from failure


def latest_inputs(request: RunRequest) -> LatestInputs:
    """Read what the warehouse knows now for the list date; nothing beyond the earlier run where it cannot be read.

    Raises HomeBusy while another process holds the warehouse, HomeNewer where a later release wrote it.
    """
    if not request.home.warehouse.exists():
        return LatestInputs()
    try:
        with open_night(request) as night:
            return _read_latest_inputs(night)
    except (HomeBusy, HomeNewer):
        raise
    except (UsageError, EngineError) as error:
        log.error("the warehouse could not be read (%s); the fallback is not checked again", type(error).__name__)
        return LatestInputs()


def _read_latest_inputs(night: Night) -> LatestInputs:
    engine = night.engine
    stage_visible(night)
    stage_goods(night)
    if not engine.exists("night.int_danger_holds"):  # no night of this home has heard of any
        engine.store("night.int_danger_holds", NO_HOLDS.empty_table())
    engine.materialise("available_skus", list_date=night.list_date)
    find_refusals(night)
    engine.materialise("reserve_agents")
    return LatestInputs(
        offered=engine.read("night.available_skus"),
        agents=engine.read("night.reserve_agents"),
        groups=engine.select("reserve_groups"),
        scores=_newest_scores(night, engine),
    )


def _newest_scores(night: Night, engine: Engine) -> pa.Table | None:
    """Return tonight's scores where the night came so far; None leaves those of the earlier run in force."""
    if not is_done(night, "changes"):
        return None
    scores = engine.read("night.sku_scores")
    measures = [name for name in load_contract("sku_scorecard").unstamped().column_names if name in scores.column_names]
    return scores.select(measures)
