-- One row: one of the days to be read, with what history.mention_days gets for it, on which a message that a training reads was said.
-- Why: only what the lexicon finds in these messages teaches the first model, by which all days are read then.
select
    d.known_on,
    d.newest_seq,
    d.model_version,
    d.reading_version
from night.int_stale_days as d
where
    d.known_on in (
        select c.known_on
        from source.chat_messages as c
        inner join night.int_learning_texts as t on c.message_id = t.message_id
    )
order by d.known_on
