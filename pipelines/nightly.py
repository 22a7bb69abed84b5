"""The night, read top to bottom: what happens between the day's last order and tomorrow's list."""

from __future__ import annotations

import logging
import pkgutil
import time
from collections.abc import Sequence
from dataclasses import replace

from xuanpin.pipelines.arrival_steps import ARRIVALS
from xuanpin.pipelines.context import Night, RunRequest, StepCount
from xuanpin.pipelines.early_work import early_work
from xuanpin.pipelines.lineage.emitting import StepEvents, emitting
from xuanpin.pipelines.opening import never_empty, open_with_sources
from xuanpin.pipelines.session import last_seconds, mark_begun, mark_done
from xuanpin.pipelines.steps import UNWATCHED, Early, Step, StepDone, Watch, committed, failure_told, tables

log = logging.getLogger("xuanpin")

TAKEN_IN = tables(
    "ops: arrivals, drops, known_names, privacy, quarantine; source: agents, chat_messages, groups, inventory, "
    "match_answers, orders, overrides, products, returns, supplier_offers"
)
STEPS = (
    Step(
        "ingest",
        "xuanpin.pipelines.ingest.step:ingest_day",
        reads=TAKEN_IN,
        writes=TAKEN_IN,
        files="reads new drops of every source; notes answers for the agent's page",
    ),
    Step(
        "load_history",
        "xuanpin.pipelines.history.load_history:load_history",
        reads=tables("history: assigned, brakes, listed, matched, predictions, short_nights, trials"),
        writes=tables("history: assigned, brakes, listed, matched, predictions, short_nights, trials"),
        files="reads the current runs of published/",
    ),
    Step(
        "check_sources",
        "xuanpin.pipelines.quality.step:check_sources",
        reads=tables(
            "history: matched; ops: arrivals, expectations, proven, quarantine; source: agents, chat_messages, groups, "
            "inventory, match_answers, orders, overrides, products, returns, supplier_offers"
        ),
        writes=tables("night: run_quality; ops: expectations, proven"),
        early=Early("xuanpin.pipelines.quality.expectations:begin_repeating", before="ingest"),
    ),
    Step(
        "stage",
        "xuanpin.pipelines.history.stage:stage_candidates",
        reads=tables(
            "history: daily_agent_outcomes, daily_sku_outcomes, order_line_timeline; night: int_agent_daily, "
            "int_sku_agents; ops: staged; source: agents, groups, inventory, match_answers, orders, overrides, "
            "products, returns, supplier_offers"
        ),
        writes=tables(
            "history: daily_agent_outcomes, daily_sku_outcomes, order_line_timeline; night: int_agent_daily, "
            "int_buyers_changed, int_candidates, int_changed_agent_days, int_changed_agent_sums, int_changed_sku_days, "
            "int_changed_sku_sums, int_sku_agents, int_sku_daily, int_sku_offers, stg_agents, stg_groups, "
            "stg_inventory, stg_match_answers, stg_overrides, stg_products, stg_supplier_offers; ops: staged"
        ),
    ),
    Step(
        "feedback",
        "xuanpin.pipelines.feedback.step:feedback",
        reads=tables(
            "history: mention_days, mentions, order_line_timeline; ops: arrivals; source: chat_messages, groups, "
            "products, returns"
        ),
        writes=tables(
            "history: group_posts, mention_days, mentions, posts; night: feedback_mentions, int_complaints, "
            "int_customer_texts, int_danger_reports, int_learning_outcomes, int_learning_texts, int_mention_days, "
            "int_mention_lines, int_mention_messages, int_mention_readings, int_mention_skus, int_message_labels, "
            "int_post_votes, int_praise_bursts, int_repeated_messages, int_seller_texts, int_senders, "
            "int_set_phrases, int_sku_feedback, int_stale_days, int_tied_accounts, int_title_versions, "
            "int_window_mentions"
        ),
    ),
    Step(
        "outcomes",
        "xuanpin.pipelines.scoring.outcomes:count_outcomes",
        reads=tables(
            "history: order_line_timeline, posts; night: feedback_mentions, int_agent_daily, int_buyers, "
            "int_buyers_changed, int_complaints, int_judged_complaints, int_judged_prices, int_sale_lines, "
            "int_sku_daily, int_window_mentions, stg_products; ops: judged"
        ),
        writes=tables(
            "night: int_alike_buyers, int_alike_kinds, int_buyers, int_buyers_changed, int_delay_counts, "
            "int_delay_curve, int_delay_days, int_delivery_days, int_demand, int_doubted_lines, "
            "int_first_time_bursts, int_judged_complaints, int_judged_prices, int_kept_votes, int_large_cells, "
            "int_line_names, int_lone_agents, int_new_buyer_weight, int_number_curve, int_outcomes_seen, "
            "int_regretting_buyers, int_returns_gaps, int_sale_lines, int_sku_numbers, int_sku_outcomes, "
            "int_source_numbers, int_witness_alarms, int_witnessed_outcomes; ops: judged"
        ),
    ),
    Step(
        "faults",
        "xuanpin.pipelines.scoring.faults:attribute_faults",
        reads=tables(
            "night: int_buyers, int_delivery_days, int_demand, int_doubted_lines, int_kept_votes, "
            "int_new_buyer_weight, int_number_curve, int_sale_lines, int_sku_agents, int_sku_daily, int_sku_feedback, "
            "int_sku_numbers, int_source_numbers, int_witnessed_outcomes, stg_products"
        ),
        writes=tables(
            "night: int_agent_regret, int_exposure, int_fault_shares, int_outlier_lines, int_outliers, int_sku_evidence"
        ),
    ),
    Step(
        "rates",
        "xuanpin.pipelines.scoring.rates:fit_rates",
        reads=tables(
            "history: mentions, order_line_timeline; night: int_complaints, int_message_labels, int_outcomes_seen, "
            "int_repeated_messages, int_returns_gaps, int_sku_evidence, int_window_mentions, stg_agents, stg_groups, "
            "stg_overrides, stg_products"
        ),
        writes=tables(
            "night: int_agent_waiting, int_detection, int_kin, int_near_titles, int_perishables, int_rate_priors, "
            "int_sku_baselines, int_sku_keys"
        ),
    ),
    Step(
        "changes",
        "xuanpin.pipelines.scoring.changes:find_changes",
        reads=tables(
            "history: predictions; night: int_agent_daily, int_candidates, int_delay_curve, int_delivery_days, "
            "int_detection, int_exposure, int_kin, int_number_curve, int_outlier_lines, int_perishables, "
            "int_rate_priors, int_sku_baselines, int_sku_daily, int_sku_evidence, int_sku_numbers, "
            "int_witnessed_outcomes, stg_match_answers, stg_products"
        ),
        writes=tables(
            "night: int_drift_alarms, int_drift_groups, int_drift_members, int_last_words, int_quality_votes, "
            "int_selection_effect, int_sku_estimates, int_vote_outcomes, sku_scores"
        ),
    ),
    Step(
        "calibrate",
        "xuanpin.pipelines.scoring.calibration:calibrate",
        reads=tables(
            "history: listed, matched, order_line_timeline, posts, predictions; night: int_complaints, "
            "int_danger_reports, int_delay_curve, int_delivery_days, int_detection, int_drift_alarms, "
            "int_number_curve, int_outcomes_seen, int_outlier_lines, int_returns_gaps, int_sku_daily, "
            "int_sku_estimates, int_sku_evidence, int_sku_numbers, int_sku_outcomes, int_window_mentions, "
            "int_witness_alarms, int_witnessed_outcomes, sku_scores, stg_match_answers, stg_overrides"
        ),
        writes=tables(
            "night: alarms, calibration, int_agent_records, int_danger_doubts, int_danger_holds, int_predictions_due, "
            "int_promise_audit, int_promise_grounds"
        ),
    ),
    Step(
        "affinity",
        "xuanpin.pipelines.affinity.step:affinity",
        reads=tables(
            "history: matched, posts; night: int_agent_daily, int_agent_waiting, int_candidates, int_perishables, "
            "sku_scores, stg_agents, stg_groups, stg_products; source: products"
        ),
        writes=tables(
            "night: agent_segments, choice_agents, choice_attributes, choice_effects, choice_skus, choice_weights, "
            "int_segment_slots, int_suited_skus, int_taught_outcomes, int_teachers, segment_demand"
        ),
        early=Early("xuanpin.pipelines.affinity.learning:begin_learning", before="outcomes"),
    ),
    Step(
        "select",
        "xuanpin.pipelines.selection.step:select",
        reads=tables(
            "history: listed; night: int_agent_waiting, int_danger_holds, int_kin, int_perishables, int_promise_audit, "
            "int_promise_grounds, int_segment_slots, int_suited_skus, segment_demand, sku_scores, stg_agents, "
            "stg_match_answers, stg_overrides, stg_products"
        ),
        writes=tables(
            "night: assortment_certificate, assortment_rules, int_own_picks, int_selection_candidates, "
            "int_selection_pins, reserves, selection_decisions, sku_list, sku_scorecard"
        ),
    ),
    Step(
        "experiment",
        "xuanpin.pipelines.experiment.step:run_trial",
        reads=tables(
            "history: assigned, order_line_timeline, trials; night: int_complaints, sku_list, sku_scores, stg_agents"
        ),
        writes=tables("night: alarms, experiment_assignments, experiment_results"),
    ),
    Step(
        "match",
        "xuanpin.pipelines.matching.step:match",
        reads=tables(
            "history: matched, order_line_timeline, posts, predictions, short_nights; night: choice_agents, "
            "choice_attributes, choice_effects, choice_skus, choice_weights, experiment_assignments, int_agent_daily, "
            "int_agent_records, int_agent_regret, int_agent_waiting, int_own_picks, int_perishables, sku_list, "
            "sku_scores, stg_agents, stg_groups, stg_match_answers, stg_products; source: products"
        ),
        writes=tables(
            "night: agent_alternates, agent_matches, agent_summary, int_agent_sizes, int_agent_slates, "
            "int_answer_history, int_match_needs, int_pick_answers, int_standing_refusals, int_weakest_tenths, "
            "match_certificate, pick_answers"
        ),
        early=Early("xuanpin.pipelines.matching.inputs:begin_reading", before="affinity"),
    ),
    Step(
        "frontier",
        "xuanpin.pipelines.selection.frontier:draw_frontier",
        reads=tables("night: int_segment_slots, int_selection_candidates, segment_demand, sku_list, sku_scores"),
        writes=tables("night: list_frontier"),
        early=Early("xuanpin.pipelines.selection.frontier:begin_frontier", before="experiment"),
    ),
    Step(
        "check_outputs",
        "xuanpin.pipelines.quality.step:check_outputs",
        reads=tables(
            "night: agent_alternates, agent_matches, agent_summary, alarms, calibration, experiment_assignments, "
            "experiment_results, feedback_mentions, list_frontier, pick_answers, run_quality, sku_list, "
            "sku_scorecard, stg_agents; ops: expectations"
        ),
        writes=tables("night: run_quality; ops: expectations"),
    ),
    Step(
        "brakes",
        "xuanpin.pipelines.brakes.step:measure_brakes",
        reads=tables(
            "history: brakes, listed, order_line_timeline; night: agent_matches, agent_summary, feedback_mentions, "
            "sku_list; ops: arrivals"
        ),
        writes=tables("night: brake_rules, int_brake_days, int_brake_measures, run_quality"),
    ),
    Step(
        "write",
        "xuanpin.pipelines.publishing.step:write",
        reads=tables(
            "history: listed, order_line_timeline; night: agent_alternates, agent_matches, agent_summary, alarms, "
            "assortment_certificate, calibration, experiment_assignments, experiment_results, feedback_mentions, "
            "int_agent_waiting, int_danger_holds, int_kin, int_perishables, int_predictions_due, int_promise_audit, "
            "int_promise_grounds, int_segment_slots, int_selection_candidates, int_senders, int_sku_daily, "
            "int_standing_refusals, int_suited_skus, list_frontier, pick_answers, reserves, run_quality, "
            "segment_demand, selection_decisions, sku_list, sku_scorecard, sku_scores, stg_agents, stg_groups, "
            "stg_match_answers, stg_overrides, stg_products; ops: arrivals"
        ),
        writes=tables("night: reserve_agents, reserve_groups, reserve_skus"),
        files="writes the run folder",
        early=Early("xuanpin.pipelines.publishing.step:begin_writing", before="check_outputs"),
    ),
    Step(
        "report",
        "xuanpin.pipelines.reporting.step:report",
        reads=tables(
            "history: listed, matched, order_line_timeline, posts; night: agent_alternates, agent_matches, "
            "agent_summary, alarms, assortment_certificate, assortment_rules, calibration, experiment_results, "
            "int_danger_doubts, int_danger_holds, int_danger_reports, int_delay_curve, int_number_curve, "
            "int_predictions_due, int_promise_audit, int_selection_candidates, int_selection_pins, int_sku_daily, "
            "int_sku_numbers, int_sku_outcomes, int_suited_skus, int_window_mentions, list_frontier, "
            "match_certificate, pick_answers, run_quality, sku_list, sku_scorecard, stg_overrides, stg_products; ops: "
            "quarantine; source: chat_messages, returns"
        ),
        writes=tables(
            "night: report_last_scores, report_moves, report_nights, report_override_sales, report_override_windows, "
            "report_overrides, report_promised_rates, report_promises, report_sales, report_skus"
        ),
        files="writes report.html and report.xlsx into the run folder",
        early=Early("xuanpin.pipelines.reporting.step:begin_drawing", before="match"),
    ),
    Step(
        "publish",
        "xuanpin.pipelines.publishing.step:publish",
        files="seals the run folder; writes published.duckdb and current.json",
        early=Early("xuanpin.pipelines.publishing.step:begin_publishing", before="report"),
    ),
)


def run_night(request: RunRequest, watch: Watch = UNWATCHED, steps: Sequence[Step] = STEPS) -> dict[str, StepCount]:
    """Do one whole night, or only some of its steps in their order; returns rows in and out of each step.

    `watch` is told of it. Raises the XuanpinError of the step that refused, DayRefused for an open day. Nothing new is
    visible unless the last step finished; the list date of a whole night that fails keeps the last list.
    """
    request.refuse_open_day()
    counts, is_all = {}, steps is STEPS
    with (
        never_empty(request, is_all=is_all),
        emitting(request, is_all=is_all) as events,
        open_with_sources(request, steps) as night,
        early_work(steps, request.settings.engine.threads) as before,
    ):
        watch.on_open(last_seconds(night))
        for step in steps:
            watch.on_step(step)
            watch.on_done(done := _run(step, before(step, replace(night, on_part=watch.on_part)), events))
            counts[step.name] = (done.rows_in, done.rows_out)
    return counts


def run_step(name: str, request: RunRequest) -> StepCount:
    """Do one step of a night by name, as the scheduler does; the steps before it must have run for the same date.

    Raises the XuanpinError of the step, and DayRefused for a day that has not ended.
    """
    request.refuse_open_day()
    step = {step.name: step for step in (*ARRIVALS, *STEPS)}[name]
    with emitting(request, is_all=False) as events, open_with_sources(request, [step]) as night:
        done = _run(step, night, events)
    return done.rows_in, done.rows_out


def _run(step: Step, night: Night, events: StepEvents) -> StepDone:
    mark_begun(night, step.name)
    function, started = pkgutil.resolve_name(step.function), time.perf_counter()
    with events(step, night), failure_told(step, night.as_of_date), committed(step, night.engine):
        rows_in, rows_out = function(night)
        seconds = time.perf_counter() - started
        mark_done(night, step.name, seconds)
    log.info("%s %s: %d rows in, %d rows out, %.2f s", step.name, night.as_of_date, rows_in, rows_out, seconds)
    return StepDone(step.name, rows_in, rows_out, seconds)
