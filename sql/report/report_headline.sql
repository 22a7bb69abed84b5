-- One row: what the top of the report says besides the figures of the run.
-- Why: a reader with one minute reads these alone; the figures are computed where every other output takes them from.
select
    (select max(promise_reasons) from night.assortment_certificate) as promise_reasons,
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
    (
        select count(*)
        from night.agent_matches
        where propensity is not null
    ) as trials,
    (select max(short_code) from night.assortment_certificate) as short_code,
    (select cast(max(regret_share) as double) from night.int_delay_curve) as regret_shown
