-- One row: one agent and the words in which a reason quotes her price band, empty where she has none.
-- Why: matches and alternates quote the same words, which depend on the agent alone.
select
    agent_id,
    case
        when price_min is not null and price_max is not null then 'price_in_band:price='
        when price_max is not null then 'price_at_most:price='
        when price_min is not null then 'price_at_least:price='
    end as price_rule,
    concat(',min=' || cast(price_min as varchar), ',max=' || cast(price_max as varchar)) as price_bounds
from night.stg_agents
