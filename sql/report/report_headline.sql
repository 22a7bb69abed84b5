-- One row: the figures of the night at the top of the report.
-- Why: a reader with one minute reads these alone; sums of doubles are not here, their last bits follow the threads.
select
    (select count(*) from night.sku_list) as listed,
    (select max(landmine_share) from night.assortment_certificate) as landmine_share,
    (select max(landmine_share_lower) from night.assortment_certificate) as landmine_share_lower,
    (select max(landmine_share_upper) from night.assortment_certificate) as landmine_share_upper,
    (select max(promise_asked) from night.assortment_certificate) as promise,
    (select max(promise_confidence) from night.assortment_certificate) as promise_confidence,
    (select max(promise_bound) from night.assortment_certificate) as promise_bound,
    (select bool_and(can_promise) from night.assortment_certificate) as can_promise,
    (select max(promise_reasons) from night.assortment_certificate) as promise_reasons,
    (select count(*) from night.sku_scorecard) as candidates,
    (
        select count(*)
        from night.report_moves
        where move = 'in'
    ) as moved_in,
    (
        select count(*)
        from night.report_moves
        where move = 'out'
    ) as moved_out,
    (select count(*) from night.agent_summary) as agents,
    (select count(*) from night.agent_matches) as matches,
    (
        select count(*)
        from night.agent_matches
        where propensity is not null
    ) as trials,
    (select cast(sum(slots_asked) as bigint) from night.agent_summary) as slots,
    (select count(*) from night.alarms) as alarms,
    (
        select count(*)
        from night.run_quality
        where result <> 'pass' and table_name <> 'brakes'
    ) as checks_not_passed,
    (select max(short_code) from night.assortment_certificate) as short_code,
    (select cast(max(regret_share) as double) from night.int_delay_curve) as regret_shown
