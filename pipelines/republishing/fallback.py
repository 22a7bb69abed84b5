"""Never an empty shelf: whatever went wrong, tomorrow has the last good list, checked against what is known now."""

from __future__ import annotations

import logging

import pyarrow as pa

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Night, RunRequest
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import Engine, EngineError
from xuanpin.pipelines.errors import HomeBusy, HomeNewer, NothingPublished, UsageError, XuanpinError
from xuanpin.pipelines.history.stage import VISIBLE
from xuanpin.pipelines.republishing.derive import Change, Known, derive
from xuanpin.pipelines.republishing.recall import in_force
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.session import is_done, log_file, open_night

log = logging.getLogger("xuanpin")


def keep_shelf(request: RunRequest, reason: str) -> run_store.CurrentRun | None:
    """Give the list date of a night the last good list, marked as fallback; returns the run that is current then.

    A list date that already shows a list of its own keeps it. Returns None, publishing nothing, where there is no
    earlier list. Raises HomeBusy while another process holds the warehouse, HomeNewer where a later release wrote it.
    """
    known = _known(request)
    with sealing.holding(request.home), log_file(request.home):
        standing = run_store.current_run(request.home, request.list_date)
        if standing is not None and standing.state != "fallback":
            return standing
        earlier = run_store.earlier_run(request.home, request.list_date)
        if earlier is None:
            return None
        recalls = {sku: decision.list_date for sku, decision in in_force(request.home, request.list_date).items()}
        change = Change(earlier, request.list_date, "fallback", reason, recalls, request.now)
        run = derive(request.home, request.settings, change, known)
        sealing.make_current(request.home, request.settings.publish.database_days, run)
        log.warning("list date %s keeps the list of %s", run.list_date, earlier.list_date)
    return run


class ShelfKept:
    """Keeps the shelf when the night inside fails, whatever the failure is, and lets the failure go on its way.

    A failure that has no exit code of its own leaves as NothingPublished when a list was kept in its place.
    """

    def __init__(self, request: RunRequest) -> None:
        self._request = request

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, HomeBusy | HomeNewer):
            _keep_for(self._request, error)


def _keep_for(request: RunRequest, failure: Exception) -> None:
    is_told = isinstance(failure, XuanpinError)
    # The text of any other failure may quote a row.
    reason = str(failure) if is_told else f"a step failed ({type(failure).__name__}); logs/xuanpin.log says which"
    try:
        run = keep_shelf(request, reason)
    except (OSError, EngineError, XuanpinError) as error:
        log.error("no list could be kept for %s (%s)", request.list_date, type(error).__name__)
        return
    if run is not None and not is_told:
        raise NothingPublished(f"list date {request.list_date}: {run.state}; {reason}") from failure


def _known(request: RunRequest) -> Known:
    """What the warehouse knows now for the list date; nothing beyond the earlier run where it cannot be read."""
    if not request.home.warehouse.exists():
        return Known()
    try:
        with open_night(request) as night:
            return _read_known(night)
    except (HomeBusy, HomeNewer):
        raise
    except (UsageError, EngineError) as error:
        log.error("the warehouse could not be read (%s); the kept list is not checked again", type(error).__name__)
        return Known()


def _read_known(night: Night) -> Known:
    engine = night.engine
    for stem in VISIBLE:
        engine.materialise(stem, as_of_date=night.as_of_date)
    engine.materialise("int_candidates", list_date=night.list_date)
    engine.materialise("available_skus", list_date=night.list_date)
    engine.materialise("reserve_agents")
    return Known(
        engine.read("night.available_skus"), engine.read("night.reserve_agents"), _newest_scores(night, engine)
    )


def _newest_scores(night: Night, engine: Engine) -> pa.Table | None:
    """Tonight's scores, where the night came so far; None leaves those of the earlier run in force."""
    if not is_done(night, "changes"):
        return None
    scores = engine.read("night.sku_scores")
    measures = [name for name in load_contract("sku_scorecard").unstamped().column_names if name in scores.column_names]
    return scores.select(measures)
