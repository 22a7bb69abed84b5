"""Decisions that people take on pages: each ends in the function, and the files, of the command that says the same.

A form carries the run that its page showed. Where somebody else has decided since, the decision is refused with who
that was and when, and nothing changes; the same decision sent twice by one person is one.

`by` and `author` name who decides, as she has signed in; `sku_id` and `reason` are as they were typed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from xuanpin.models.text.redaction import redact_label
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.desk.comments import store_comment
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.overrides import SHOWN_ID, Override, OverrideRequest
from xuanpin.pipelines.overrides.deciding import Decided, asked_override, decide, swapped
from xuanpin.pipelines.overrides.waiting import newest_on
from xuanpin.pipelines.republishing import reviews
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.republishing.records import COMMENT, last_decision, records_of
from xuanpin.pipelines.typed.days import read_typed_day
from xuanpin.pipelines.typed.names import clean_name, same_name
from xuanpin.pipelines.typed.phrase import phrase
from xuanpin.pipelines.typed.words import clean_words, read_words

SkuAction = Literal["pin", "ban", "swap", "clear"]
ListAction = Literal["approve", "reject", "unpublish"]
_DONE = {
    "approve": phrase("approved"),
    "reject": phrase("rejected"),
    "unpublish": phrase("taken back"),
    "recall": phrase("changed by a recall"),
}
_ASKED = {"pin": phrase("pin"), "ban": phrase("ban"), "clear": phrase("the hold cleared")}


@dataclass(frozen=True)
class Shown:
    """What the page showed that a form was sent from: the run `run_id` of the list for `list_date`."""

    list_date: date
    run_id: str


@dataclass(frozen=True)
class SkuForm:
    """Hold a filled-in form on one SKU, each field as it was typed.

    `other` is the SKU that comes in a swap, `until` the last list date, `seen` the stamp of the newest decision on the
    SKU that the page showed (see stamp_of), and `approved_by` the second person, whose password was checked.
    """

    action: SkuAction
    sku_id: str
    reason: str
    until: str = ""
    other: str = ""
    seen: str = ""
    approved_by: str | None = None

    @property
    def shown_skus(self) -> str:
        """The SKUs that it is about, as people read them."""
        return (
            f"{clean_name(self.sku_id)} → {clean_name(self.other)}"
            if self.action == "swap"
            else clean_name(self.sku_id)
        )


def stamp_of(newest: Override | None) -> str:
    """Return what tells the `newest` decision on a SKU from a later one; '' where there is none."""
    return "" if newest is None else f"{newest.override_id}@{newest.created_at.isoformat()}"


def decide_on_sku(place: DeskPlace, author: str, form: SkuForm) -> Decided:
    """Store a pin, a ban, a swap or the end of a hold for danger, and tell what became of it.

    Raises UsageError where a field is empty or wrong, and where somebody else has decided on the SKU since the page was
    shown; HomeBusy while a night runs.
    """
    with place.deciding:
        return decide_in_turn(place, author, form)


def decide_in_turn(place: DeskPlace, author: str, form: SkuForm) -> Decided:
    """Do as `decide_on_sku` for a caller who holds the lock of those who decide."""
    requests = requests_of(author, form)
    refuse_other_decision(place.home, author, form)
    return decide(place.home, place.settings, place.clock(), requests)


def requests_of(author: str, form: SkuForm) -> list[OverrideRequest]:
    """Return what a form asks for, as the command line asks; raise UsageError where a field is empty or wrong."""
    until = read_typed_day(form.until, phrase("the last list date")) if clean_words(form.until) else None
    reason = read_words(form.reason, phrase("the reason"), phrase("why"))
    action = "ban" if form.action == "swap" else form.action
    asked = asked_override(
        action,
        form.sku_id,
        reason,
        author,
        ends_on=until,
        approved_by=form.approved_by if form.action in ("pin", "clear") else None,
    )
    if form.action != "swap":
        return [asked]
    come = clean_name(form.other)
    if not come:
        raise UsageError(phrase("a swap names no SKU that comes instead; write its id in the form. Nothing was stored"))
    return swapped(asked, come, form.approved_by)


def refuse_other_decision(home: Home, author: str, form: SkuForm) -> None:
    """Raise UsageError, with who it was, where somebody else than `author` has decided since the form was shown."""
    newest = newest_on(home, clean_name(form.sku_id))
    if newest is None or stamp_of(newest) == form.seen or newest.author == redact_label(author):
        return
    at = newest.created_at.astimezone(BEIJING)
    raise UsageError(
        phrase(
            "SKU {sku_id}: {author} has decided since you opened the page ({action} from {first}, at {at}). Nothing "
            "was changed; look at the page again, then decide",
            sku_id=newest.sku_id,
            author=newest.author,
            action=_ASKED.get(newest.action, newest.action),
            first=newest.starts_on,
            at=f"{at:%Y-%m-%d %H:%M}",
        )
    )


def remark(place: DeskPlace, by: str, shown: Shown, sku_id: str, text: str) -> bool:
    """Store `text` as a comment on a SKU of the list that was shown; returns False for one that is stored already.

    Raises UsageError for an unknown SKU, an empty comment, and a run that is gone.
    """
    words = read_words(text, phrase("the comment"), phrase("what others should know"))
    run = find_run(place.home, shown)
    with place.deciding:
        return store_comment(place.home, run, candidate(place.home, run, sku_id), words, by, place.clock())


def candidate(home: Home, run: run_store.CurrentRun, sku_id: str) -> str:
    """Return the SKU of the run's scorecard that was typed, in whatever case and width; UsageError for none."""
    known = run_store.read_table(home, run, "sku_scorecard", ["sku_id"])["sku_id"].to_pylist()
    name = same_name(clean_name(sku_id), known)
    if name is None:
        raise UsageError(
            phrase(
                "SKU {sku_id} is no candidate for list date {list_date}",
                sku_id=repr(clean_name(sku_id)[:SHOWN_ID]),
                list_date=run.list_date,
            )
        )
    return name


def find_run(home: Home, shown: Shown) -> run_store.CurrentRun:
    """Return the run that a page showed, whether it waits or is current; UsageError where it is neither."""
    runs = (run_store.pending_run(home, shown.list_date), run_store.current_run(home, shown.list_date))
    found = next((run for run in runs if run is not None and run.run_id == shown.run_id), None)
    if found is None:
        raise overtaken(home, shown)
    return found


def decide_on_list(place: DeskPlace, by: str, shown: Shown, action: ListAction, reason: str) -> bool:
    """Approve, reject or take back the list that was shown; returns False where the same person did so already.

    A reason is required but for an approval. Raises UsageError where somebody has decided otherwise since, or another
    run has taken the place of the one that was shown; HomeBusy where a rejection meets a running night.
    """
    words = clean_words(reason) if action == "approve" else read_words(reason, phrase("the reason"), phrase("why"))
    request = RunRequest(shown.list_date - timedelta(days=1), place.home, None, place.settings, place.clock())
    with place.deciding:
        if not _is_open(place.home, shown, action):
            _refuse_unless_mine(place.home, shown, action, by)
            return False
        _LIST[action](request, by, words)
    return True


def _approve(request: RunRequest, by: str, reason: str) -> None:
    reviews.approve(request, by, reason or None)


def _reject(request: RunRequest, by: str, reason: str) -> None:
    reviews.reject(request, by, reason)


def _unpublish(request: RunRequest, by: str, reason: str) -> None:
    reviews.unpublish(request, by, reason)


_LIST: dict[ListAction, Callable[[RunRequest, str, str], None]] = {
    "approve": _approve, "reject": _reject, "unpublish": _unpublish,
}  # fmt: skip


def _is_open(home: Home, shown: Shown, action: ListAction) -> bool:
    run = (run_store.current_run if action == "unpublish" else run_store.pending_run)(home, shown.list_date)
    return run is not None and run.run_id == shown.run_id


def _refuse_unless_mine(home: Home, shown: Shown, action: ListAction, by: str) -> None:
    """Refuse a decision on a list that is decided, unless it is this person's own."""
    known = [record for record in records_of(home, shown.list_date) if record.run_id == shown.run_id]
    done = [record for record in known if record.decision != COMMENT]
    if not done or (done[-1].decision, done[-1].by) != (action, redact_label(by)):
        raise overtaken(home, shown)


def overtaken(home: Home, shown: Shown) -> UsageError:
    """Return the refusal of a form whose list is no longer the one that waits or is shown: by whom, and when."""
    last = last_decision(home, shown.list_date)
    if last is None:
        return UsageError(
            phrase(
                "the list for {list_date} that you looked at has been replaced by that of another run. Nothing was "
                "changed; look at the page again, then decide",
                list_date=shown.list_date,
            )
        )
    at = last.at.astimezone(BEIJING)
    return UsageError(
        phrase(
            "the list for {list_date} that you looked at was {done} by {by} at {at}. Nothing was changed; look at the "
            "page again",
            list_date=shown.list_date,
            done=_DONE[last.decision],
            by=last.by,
            at=f"{at:%Y-%m-%d %H:%M}",
        )
    )


def recall_sku(place: DeskPlace, by: str, shown: Shown, form: SkuForm) -> bool:
    """Recall a SKU from the list that readers see; returns whether the list has changed.

    Raises UsageError as `recall` does, and where somebody else has changed the list since the page was shown.
    """
    until = read_typed_day(form.until, phrase("the last day")) if clean_words(form.until) else None
    return _recall(place, by, shown, form, until)


def lift_recall(place: DeskPlace, by: str, shown: Shown, form: SkuForm) -> bool:
    """Lift the recall of a SKU: lists after the one that was shown may have it again; returns as `recall_sku`."""
    return _recall(place, by, shown, form, shown.list_date - timedelta(days=1))


def _recall(place: DeskPlace, by: str, shown: Shown, form: SkuForm, until: date | None) -> bool:
    reason = read_words(form.reason, phrase("the reason"), phrase("why"))
    with place.deciding:
        run = run_store.require_run(place.home, shown.list_date)
        last = last_decision(place.home, shown.list_date)
        if run.run_id != shown.run_id and (last is None or last.by != redact_label(by)):
            raise overtaken(place.home, shown)
        asked = Recall(clean_name(form.sku_id), shown.list_date, reason, by, place.clock(), until)
        return recall(place.home, place.settings, asked) != run
