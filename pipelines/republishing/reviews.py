"""Records reviews: a list that waits, pending or held by a brake, is approved or rejected, or the cut-off decides.

Reasons and names of people are recorded and shown without personal data.
"""

from __future__ import annotations

import logging

from xuanpin.models.text.redaction import redact_label, redact_words
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import RunRequest
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.republishing.fallback import latest_inputs, publish_fallback
from xuanpin.pipelines.republishing.holds import HELD
from xuanpin.pipelines.republishing.recall import apply_recalls
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.session import log_file
from xuanpin.pipelines.typed.phrase import Phrase, as_is, phrase

log = logging.getLogger("xuanpin")
NO_REASON = phrase("no reason was given")
NO_ANSWER = phrase("nobody answered before the cut-off")


def approve(request: RunRequest, by: str, reason: str | None = None) -> run_store.CurrentRun:
    """Publish the pending list of the list date of `request`; approving it again changes nothing.

    `by` names who approves, `reason` is a remark that is recorded. Returns the current run: another one where a SKU of
    the list was recalled since. Raises UsageError where no list of the list date is pending.
    """
    by, reason = redact_label(by), None if reason is None else _harmless(reason)
    with sealing.lock_published(request.home) as noting, log_file(request.home):
        run = run_store.pending_run(request.home, request.list_date)
        if run is None:
            run_store.review_done(request.home, request.list_date)
            return _already_approved(request)
        _record(request, run, "approve", by, reason)
        approved = sealing.set_state(request.home, run, "approved", reason)
        shown = apply_recalls(request.home, request.settings, approved, request.now)
        shown.show(request.home, request.settings.publish.database_days, noting)
        run_store.review_done(request.home, request.list_date)
        log.info("list date %s approved", request.list_date)
    return shown.run


def reject(request: RunRequest, by: str, reason: str) -> run_store.CurrentRun | None:
    """Reject the pending list of the list date of `request` and publish a fallback; return the run then current.

    `by` names who rejects, `reason` is published. Returns None where no list was ever published. Raises UsageError
    where no list of the list date is pending, and HomeBusy while a night runs.
    """
    by, reason = redact_label(by), _harmless(reason)
    # First of all, because a home that is busy must be left as it is.
    with log_file(request.home):
        latest = latest_inputs(request)
    with sealing.lock_published(request.home):
        run = run_store.pending_run(request.home, request.list_date)
        if run is None:
            raise _nothing_waits(request)
        _record(request, run, "reject", by, reason)
        sealing.set_state(request.home, run, "rejected", reason)
    kept = publish_fallback(request, phrase("rejected: {reason}", reason=reason), latest)
    # Last of all, so that a rejection that was cut short can be given again.
    run_store.review_done(request.home, request.list_date)
    return kept


def unpublish(request: RunRequest, by: str, reason: str) -> run_store.CurrentRun | None:
    """Take the published list of the list date of `request` back; return the run of the latest list date that is left.

    The way out of a list for a wrong day: its run folder stays, its list date shows no list until a night or a fallback
    publishes one. `by` names who decides, `reason` is recorded. Raises UsageError where the list date shows no list.
    Cut short, it can be given again.
    """
    by, reason = redact_label(by), redact_words(reason)
    # Before the lock, which makes folders: a place that is no home stays as it is.
    run_store.require_run(request.home, request.list_date)
    with sealing.lock_published(request.home), log_file(request.home):
        run = run_store.require_run(request.home, request.list_date)
        _record(request, run, "unpublish", by, reason)
        sealing.set_state(request.home, run, "rejected", reason)
        sealing.take_back(request.home, request.settings.publish.database_days, run)
        log.warning("the list of %s was taken back", request.list_date)
    return run_store.current_run(request.home)


def no_answer(request: RunRequest) -> run_store.CurrentRun | None:
    """Do what settings say when nobody has answered by the cut-off; return the run that is current then, if any.

    After a fallback the list of `request` goes on waiting, so that a late approval counts. One that a brake holds is
    never approved without a person. Does nothing where somebody answered.
    """
    waiting = run_store.pending_run(request.home, request.list_date)
    if waiting is None:
        return run_store.current_run(request.home, request.list_date)
    if request.settings.review.on_no_answer == "approve" and waiting.state != HELD:
        return approve(request, "cut-off", NO_ANSWER)
    return publish_fallback(request, NO_ANSWER)


def decide(request: RunRequest, by: str | None, is_approved: bool, reason: str | None) -> run_store.CurrentRun | None:
    """Apply the answer of a review page; return the run that is current then, if any.

    `request` names the list date; `by` is None where nobody answered, else `is_approved` and `reason` are the answer.
    """
    if by is None:
        return no_answer(request)
    return approve(request, by, reason) if is_approved else reject(request, by, reason or NO_REASON)


def _harmless(reason: str) -> Phrase:
    """Return what a person typed without personal data; a reason of the program's own as it is, in both languages."""
    return reason if isinstance(reason, Phrase) else as_is(redact_words(reason))


def _already_approved(request: RunRequest) -> run_store.CurrentRun:
    current = run_store.current_run(request.home, request.list_date)
    if current is None or current.state not in ("approved", "recalled"):
        raise _nothing_waits(request)
    return current


def _nothing_waits(request: RunRequest) -> UsageError:
    current = run_store.current_run(request.home, request.list_date)
    shown = (
        phrase("it shows a list that is {state}", state=run_store.STATES[current.state])
        if current
        else phrase("it shows no list")
    )
    return UsageError(
        phrase(
            "nothing waits for review for list date {list_date}: {shown}; see `xuanpin status`",
            list_date=request.list_date,
            shown=shown,
        )
    )


def _record(request: RunRequest, run: run_store.CurrentRun, decision: str, by: str, reason: str | None) -> None:
    """Write a decision where the scheduler and the command line both look for it."""
    request.home.reviews.mkdir(parents=True, exist_ok=True)
    content = {
        "list_date": run.list_date,
        "run_id": run.run_id,
        "decision": decision,
        "by": by,
        "reason": reason,
        "at": request.now.isoformat(timespec="seconds"),
    }
    name = f"{decision}-{run.list_date}-{run.run_id[: sealing.RUN_DIR_DIGITS]}.json"
    run_store.replace_json(request.home.reviews / name, content)
