"""Says in a few lines what a list date shows, what it promises, and what waits for somebody."""

from __future__ import annotations

from xuanpin.pipelines import run_store
from xuanpin.pipelines.explained.lines import PublishedFacts, reasons_of, text_of
from xuanpin.pipelines.republishing.dangers import held_sentence
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase

DIFFERS = {
    True: phrase("late data, settings or code have changed since, so a run now would give another list"),
    False: phrase("a run now would give the same list"),
    None: phrase("a night is running, so it is not known whether a run now would differ"),
}

TRIED = {
    "kept_units": phrase("kept units a day"),
    "regret_rate": phrase("the regret rate"),
    "return_rate": phrase("the return rate"),
    "complaint_rate": phrase("the complaint rate"),
    "recall_rate": phrase("the share recalled"),
}
"""What stops a trial."""
TRIAL_STATES = {"planned": phrase("not begun"), "running": phrase("running"), "finished": phrase("over")}


def status_text(facts: PublishedFacts) -> Phrase:
    """Describe the status in a few lines; `facts` are those of status_facts."""
    return text_of(
        [
            _state(facts),
            _counts(facts),
            *_promise(facts),
            *facts["missing_prices"],
            _checks(facts),
            *_run(facts),
            *_waiting(facts),
        ]
    )


def _state(facts: PublishedFacts) -> Phrase:
    return phrase(
        "List for {list_date} (as of {as_of_date}): {state}{reason}",
        list_date=facts["list_date"],
        as_of_date=facts["as_of_date"],
        state=run_store.STATES[facts["state"]],
        reason=phrase("; {reason}", reason=facts["reason"]) if facts["reason"] else NOTHING,
    )


def _counts(facts: PublishedFacts) -> Phrase:
    rows = facts["row_counts"]
    return phrase(
        "{listed} SKUs listed of {candidates} candidates, {matches} matches for {agents} agents",
        listed=rows["sku_list"],
        candidates=rows["sku_scorecard"],
        matches=rows["agent_matches"],
        agents=rows["agent_summary"],
    )


def _promise(facts: PublishedFacts) -> list[Phrase]:
    """The line on what the list promises; none for a list of a release that promised only an expected share."""
    if facts["promise_bound"] is None:
        return []
    sure = phrase(
        "with {confidence:.0%} confidence at most {bound:.1%} landmines",
        confidence=facts["promise_confidence"],
        bound=facts["promise_bound"],
    )
    if facts["can_promise"]:
        return [phrase("Promise kept: {sure} ({promise:.1%} promised)", sure=sure, promise=facts["promise"])]
    reasons = reasons_of(facts["promise_reasons"])
    why = phrase(" {reasons}", reasons=joined(reasons, " ")) if reasons else NOTHING
    return [phrase("No promise tonight: {sure}.{why}", sure=sure, why=why)]


def _checks(facts: PublishedFacts) -> Phrase:
    failed = facts["checks_not_passed"]
    if not failed:
        return phrase("{checks} checks, all passed", checks=facts["checks"])
    names = joined(failed[:3])
    return phrase(
        "{checks} checks, {failed} not passed: {names}", checks=facts["checks"], failed=len(failed), names=names
    )


def _run(facts: PublishedFacts) -> list[Phrase]:
    """The lines on the audit, the run and its report."""
    audited = facts["audit_bound"]
    return [
        *(
            [phrase("Audit: by their outcomes alone, past lists held at most {bound:.1%} landmines", bound=audited)]
            if audited is not None
            else []
        ),
        phrase("Run {run_id}; {differs}", run_id=facts["run_id"][:12], differs=DIFFERS[facts["differs_now"]]),
        phrase("Report: {report}", report=facts["report"]),
    ]


def _trial(facts: PublishedFacts) -> list[Phrase]:
    """The line on a trial; none where there is none."""
    trial = facts["trial"]
    if trial is None:
        return []
    name, days = trial["experiment"], trial["days_counted"]
    if trial["trial_state"] == "stopped":
        metric = TRIED[trial["stopped_by"]]
        return [phrase("Trial {name}: stopped by itself, {metric} got worse", name=name, metric=metric)]
    state = TRIAL_STATES[trial["trial_state"]]
    return [phrase("Trial {name}: {state}, with outcomes of {days} days so far", name=name, state=state, days=days)]


def _waiting(facts: PublishedFacts) -> list[Phrase]:
    """The lines on what somebody has to decide or correct."""
    held = facts["held_for_danger"]
    return [
        *([held_sentence(held)] if held else []),
        *facts["held_by_brakes"],
        *_trial(facts),
        *(phrase("Waits for approval: {report}", report=report) for report in facts["pending"]),
        *facts["not_level"],
        *(phrase("Home: {sentence}", sentence=sentence) for sentence in facts["set_aside"]),
    ]
