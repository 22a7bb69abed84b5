"""Makes every SQL file run, so that its calls can be repeated on a cluster: a home of two nights, and tests."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parity.capture import Call, recording
from tests.parity.spec_calls import VARIABLE
from tests.support.old_home import FIRST, SECOND, TESTS, golden_night, morning, second_day
from xuanpin.pipelines.answers import standing_answers
from xuanpin.pipelines.answers.ground import warehouse_ground
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.feedback.labels import export_labels
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.planning.home import plan_of
from xuanpin.pipelines.retention.erasure import forget
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

FEEDING = (
    "spec/test_agent_evidence.py",
    "spec/test_agent_posts.py::test_a_sku_that_sold_more_than_a_week_ago_is_not_in_the_sample_of_today",
    "spec/test_agent_sizes.py",
    "spec/test_answer_history.py",
    "spec/test_backtest_sql.py",
    "spec/test_breaks.py",
    "spec/test_chat_nights.py::test_an_archive_that_is_sent_whole_again_brings_what_is_new_alone",
    "spec/test_chat_texts_sql.py",
    "spec/test_compared_runs.py::test_matches_are_counted_as_pairs_and_told_for_the_agent_who_is_asked_for",
    "spec/test_compared_runs.py::test_settings_origins_checks_and_alarms_that_differ_are_named",
    "spec/test_compared_runs.py::test_the_number_of_agents_is_a_measure_of_listed_skus_alone",
    "spec/test_content_bins.py",
    "spec/test_danger_reports.py::test_int_danger_reports_reads_what_buyers_wrote_of_their_returns[in it]",
    "spec/test_danger_reports.py::test_what_holds_nothing_is_told_for_a_week_beside_the_skus_that_are_held",
    "spec/test_derived_alternates.py",
    "spec/test_fault_lines.py::test_who_delivered_posted_and_bought_is_told_in_keys_that_lead_to_names",
    "spec/test_ingest_faults.py::test_each_line_that_does_not_parse_is_counted_and_can_be_found",
    "spec/test_ingest_sql.py",
    "spec/test_kin.py::test_a_variant_that_proves_itself_is_freed_of_a_bad_past[10-True]",
    "spec/test_learning_sets.py::test_days_that_teach_are_those_of_any_version_of_what_is_learnt_from",
    "spec/test_look_alikes.py::test_accounts_alike_are_few_witnesses_by_the_largest_kind_they_are_of",
    "spec/test_look_alikes.py::test_where_such_accounts_buy_the_sku_anyway_their_regrets_count_whole",
    "spec/test_match_evidence.py",
    "spec/test_perishables.py::test_an_agent_without_a_known_group_waits_as_her_own_orders_do",
    "spec/test_persona_suggestions.py",
    "spec/test_pick_answers.py::test_a_proposal_beyond_her_slots_that_is_matched_after_all_is_told_so",
    "spec/test_pick_answers.py::test_the_last_units_go_to_who_proposed_first",
    "spec/test_pick_answers.py::test_the_report_shows_each_sku_and_answer_once_with_how_many_agents_got_it",
    "spec/test_praise_rules.py::test_a_stranger_who_praises_several_goods_of_one_agent_alone_is_tied_to_her"
    "[two goods of one agent]",
    "spec/test_promise_audit.py::test_lists_too_young_or_too_old_are_not_judged",
    "spec/test_publishing_sql.py",
    "spec/test_quality_votes.py::test_skus_of_one_bad_batch_are_one_thing_to_know",
    "spec/test_report_alarms.py",
    "spec/test_report_sql.py",
    "spec/test_retention_sql.py",
    "spec/test_selection_effect.py",
    "spec/test_set_phrases.py",
    "spec/test_sku_list.py::test_pins_beyond_a_cap_name_the_rule_and_by_how_much",
    "spec/test_spread_lines.py::test_a_later_row_of_a_spread_return_replaces_the_same_rows",
    "spec/test_stand_ins.py::test_stock_is_judged_by_the_best_day_and_never_under_a_trial",
    "spec/test_style_vectors.py::test_only_what_is_known_counts_and_a_later_version_without_one_takes_none_away",
    "spec/test_trial_step.py::test_each_day_is_counted_once_as_it_stood_at_its_age",
    "spec/test_trial_step.py::test_what_left_the_list_is_marked_in_a_run_made_from_another",
    "spec/test_trial_step.py::test_withdrawn_skus_count_as_recalls_and_can_stop_a_trial",
    "spec/test_window_trust.py::test_int_repeated_messages_the_last_version_known_counts_with_all_its_parts",
    "spec/test_witnesses.py::test_a_line_weighs_what_its_buyer_its_agent_and_its_price_say[an agent who stands alone]",
    "spec/test_witnesses.py::test_agents_are_compared_where_one_has_several_lines[by agent]",
)
"""Tests that reach what two nights do not: later days, another list of the same date, reports, erasure, other drops."""
MOST = 2
"""Calls of a file that a feed adds at most: the largest ones."""

_READ_ANEW = Settings.model_validate({"feedback": {"own_order_days": 40}})
"""Settings under which the second night reads again what the first has read."""

Calls = dict[str, list[Call]]


def all_calls(folder: Path) -> Calls:
    """Run what feeds the files, in a `folder`, and return their calls by stem.

    Raises RuntimeError where a test that feeds them fails.
    """
    calls: Calls = {}
    with _tests(folder) as tests:
        feeds = [_of_a_home(folder), tests()]
    for fed in feeds:
        for stem, found in fed.items():
            calls.setdefault(stem, []).extend(sorted(found, key=_size, reverse=True)[:MOST])
    return calls


def _of_a_home(folder: Path) -> Calls:
    """Return the calls of two nights of the golden platform, of which the second knows the first, and of commands."""
    home = Home(folder / "home")
    with recording() as record:
        golden_night(home, FIRST)
        run_night(RunRequest(SECOND, home, second_day(folder / "sources"), _READ_ANEW, morning(SECOND)))
        _commands(home, folder)
    return record.calls


def _commands(home: Home, folder: Path) -> None:
    plan_of(home, None, Draft())
    with open_night(RunRequest(SECOND, home, None, Settings(), morning(SECOND))) as night:
        export_labels(night, folder / "labels.csv")
        standing_answers(night)
        ground = warehouse_ground(night)
        ground.known_agents({"A1", "A 1"})
        ground.spoken({FIRST, SECOND}, None)
        forget(night, "C901")


@contextmanager
def _tests(folder: Path) -> Iterator[Callable[[], Calls]]:
    """Run the tests of FEEDING beside this process; what is yielded waits for them and returns their calls."""
    calls, said = folder / "tests.pickle", folder / "tests.log"
    command = [sys.executable, "-m", "pytest", "-p", "tests.parity.spec_calls", "-p", "no:cacheprovider"]
    command += [f"--basetemp={folder / 'tests'}", *(str(TESTS / node) for node in FEEDING)]
    # What a run tells its own processes is not meant for another run.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    variables[VARIABLE] = str(calls)
    with said.open("wb") as log, subprocess.Popen(command, env=variables, stdout=log, stderr=log) as ran:

        def awaited() -> Calls:
            if ran.wait():
                raise RuntimeError(f"a test that feeds the parity of SQL files fails:\n{said.read_text()[-4000:]}")
            found: Calls = pickle.loads(calls.read_bytes())
            return found

        try:
            yield awaited
        finally:
            ran.kill()


def _size(call: Call) -> tuple[int, int]:
    return call.result.num_rows, sum(rows.num_rows for rows in call.inputs.values())
