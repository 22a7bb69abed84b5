-- One row: what became of a list that was made from an earlier one, in figures.
-- Why: an agent is short where she has less than she asked for, whether or not a replacement reached her.
select
    (select count(*) from night.sku_list) as listed,
    (select count(*) from night.agent_matches) as matches,
    (select count(*) from night.derived_refills) as refilled,
    (
        select count(*)
        from night.agent_summary
        where matches_given < slots_asked
    ) as short_agents
