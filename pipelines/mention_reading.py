"""Reads the words of the messages that SQL has gathered: which good each speaks of, how content it is, and of what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.aspects import ASPECTS, AspectFinder, AspectMentions
from models.attribution import Candidates, Votes, vote_titles
from models.fingerprint import fingerprints
from models.lexicon import Lexicon
from models.polarity import split_clauses
from models.sentiment import SentimentModel
from models.term_matching import TermMatcher
from models.text_encoding import EncodedTexts, encode_texts, join_texts, pick_texts
from pipelines.learning import ModelShelf
from pipelines.night import Night

BATCH = 200_000
"""Messages read at a time: about 300 MB of work space."""
POST_COVERAGE = 0.5
"""Share of a title's distinctive pairs that a post must repeat to be a post of that good."""
OWN_ORDER_LEAD = 0.8
"""A good she owns wins the vote when so much of its title is repeated, against the one she was only shown."""
NOT_ABOUT_GOODS = ("delivery", "service")
_FOREVER = np.iinfo(np.int64).max

READING_SCHEMA = pa.schema(
    [
        ("message_id", pa.string()),
        ("known_on", pa.date32()),
        ("part", pa.int32()),
        ("voted_sku_id", pa.string()),
        ("vote_confidence", pa.float64()),
        ("is_vote_on_own_order", pa.bool_()),
        ("satisfaction", pa.float64()),
        ("aspects", pa.list_(pa.struct([("aspect", pa.string()), ("polarity", pa.float64())]))),
        ("is_about_goods", pa.bool_()),
        ("calibrated", pa.bool_()),
        ("model_version", pa.string()),
        ("fingerprint_a", pa.int64()),
        ("fingerprint_b", pa.int64()),
    ]
)
POST_SCHEMA = pa.schema(
    [("message_id", pa.string()), ("known_on", pa.date32()), ("sku_id", pa.string()), ("confidence", pa.float64())]
)
_SELLERS = """
select message_id, known_on, text, cast(date_diff('day', date '1970-01-01', known_on) as bigint) as moment
from night.int_mention_messages
where is_from_seller and card_sku_id is null
order by known_on, message_id
"""
_TITLES = """
select
    sku_id, title,
    cast(date_diff('day', date '1970-01-01', valid_from) as bigint) as since,
    cast(date_diff('day', date '1970-01-01', valid_to) as bigint) as until
from night.int_title_versions
order by sku_id, valid_from
"""
_CUSTOMERS = """
select
    m.message_id, m.known_on, m.text, m.group_id, m.sent_at, d.model_version,
    m.card_sku_id is not null or k.reply_sku_id is not null as is_linked
from night.int_mention_messages as m
inner join night.int_stale_days as d on m.known_on = d.known_on
left join night.int_mention_links as k on m.message_id = k.message_id and m.known_on = k.known_on
where not m.is_from_seller
order by m.known_on, m.message_id
"""
_GOODS = """
select group_id, sku_id, title, greatest(sent_at, cast(known_on as timestamp)) as since
from night.int_mention_goods
where title is not null
order by group_id, sku_id, sent_at, title
"""
_LINES = """
select message_id, known_on, sku_id, title
from night.int_mention_lines
where title is not null
order by known_on, message_id, sku_id, order_line_id
"""


def read_sellers(night: Night, lexicon: Lexicon) -> None:
    """Write night.int_post_votes: the good of each seller's message that has no card, where its title is repeated."""
    messages = night.engine.query(_SELLERS)
    titles = night.engine.query(_TITLES)
    skus, items = np.unique(np.array(titles["sku_id"].to_pylist(), dtype=object), return_inverse=True)
    candidates = Candidates(
        contexts=np.zeros(len(titles), np.int64),
        items=items.astype(np.int64),
        titles=encode_texts(titles["title"]),
        title_of=np.arange(len(titles)),
        since=titles["since"].to_numpy(),
        until=titles["until"].to_numpy(),
    )
    texts = encode_texts(messages["text"])
    votes = vote_titles(
        texts, np.zeros(len(texts), np.int64), messages["moment"].to_numpy(), candidates, common_words(lexicon)
    )
    found = np.flatnonzero((votes.items >= 0) & (votes.coverage >= POST_COVERAGE))
    named = messages.select(["message_id", "known_on"]).take(pa.array(found))
    named = named.append_column("sku_id", pa.array(skus[votes.items[found]].tolist(), pa.string()))
    named = named.append_column("confidence", pa.array(np.minimum(0.7 + 0.3 * votes.coverage[found], 0.99)))
    night.engine.store("night.int_post_votes", named, POST_SCHEMA)


def read_customers(night: Night, lexicon: Lexicon, shelf: ModelShelf) -> None:
    """Write night.int_mention_readings: one row per message and good it names (one without a good for most)."""
    messages = night.engine.query(_CUSTOMERS)
    reader = CustomerReader.build(night, lexicon)
    parts = [READING_SCHEMA.empty_table()]
    for version in sorted(set(messages["model_version"].to_pylist())):
        chosen = messages.filter(pc.equal(messages["model_version"], version))
        model = shelf.model(version)
        for start in range(0, len(chosen), BATCH):
            parts.append(reader.read(chosen.slice(start, BATCH), model))
    night.engine.store("night.int_mention_readings", pa.concat_tables(parts), READING_SCHEMA)


@cache
def _matcher(words: tuple[str, ...]) -> TermMatcher:
    return TermMatcher(words)


def common_words(lexicon: Lexicon) -> TermMatcher:
    """Words of opinion and aspect, which say nothing about which good is meant."""
    opinions = (word for word, polarity in lexicon.polarity.items() if polarity)
    words = {*opinions, *lexicon.degrees, *lexicon.negators, *lexicon.aspects}
    return _matcher(tuple(sorted(word for word in words if len(word) >= 2)))


@dataclass(frozen=True)
class CustomerReader:
    """What reading needs besides the texts: goods shown to the groups, lines owned by the writers, and word lists."""

    goods: pa.Table
    lines: pa.Table
    skus: NDArray[np.object_]
    recent_days: int
    words: TermMatcher
    aspects: AspectFinder

    @classmethod
    def build(cls, night: Night, lexicon: Lexicon) -> CustomerReader:
        goods, lines = night.engine.query(_GOODS), night.engine.query(_LINES)
        names = sorted({*goods["sku_id"].to_pylist(), *lines["sku_id"].to_pylist()})
        skus = np.array(names, dtype=object)
        return cls(
            goods, lines, skus, night.settings.feedback.recent_days, common_words(lexicon), AspectFinder(lexicon)
        )

    def read(self, messages: pa.Table, model: SentimentModel) -> pa.Table:
        """Readings of one batch of messages, in the schema of night.int_mention_readings."""
        texts = encode_texts(messages["text"])
        clauses, text_of = split_clauses(texts)
        contexts = self._contexts(messages)
        votes = self._vote(contexts, texts, np.arange(len(texts)))
        clause_votes = self._vote(contexts, clauses, text_of)
        parts = _split_parts(votes, clause_votes, text_of, messages["is_linked"].to_numpy(zero_copy_only=False))
        whole = pick_texts(texts, parts.text_of)
        satisfaction = model.satisfaction(whole)
        if parts.is_shared.any():
            shared = np.flatnonzero(parts.is_shared[parts.part_of_clause])
            own_words = join_texts(pick_texts(clauses, shared), parts.part_of_clause[shared], len(whole))
            satisfaction = np.where(parts.is_shared, model.satisfaction(own_words), satisfaction)
        spoken_of = self.aspects.find(clauses, parts.part_of_clause, model.satisfaction(clauses))
        return self._table(messages, parts, satisfaction, spoken_of, texts, model)

    def _contexts(self, messages: pa.Table) -> _Contexts:
        groups, group_of = np.unique(np.array(messages["group_id"].to_pylist(), dtype=object), return_inverse=True)
        sent_at = messages["sent_at"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
        return _Contexts(self._owned(messages), self._shown(groups), group_of, sent_at)

    def _vote(self, contexts: _Contexts, texts: EncodedTexts, message_of: NDArray[np.int64]) -> _Choice:
        """The good each text names: one its writer owns, else one her group was shown."""
        own = vote_titles(texts, message_of, message_of, contexts.owned, self.words)
        group, moment = contexts.group_of[message_of], contexts.sent_at[message_of]
        return _prefer_own(own, vote_titles(texts, group, moment, contexts.shown, self.words))

    def _owned(self, messages: pa.Table) -> Candidates:
        keys = _message_keys(messages)
        row_of = {key: row for row, key in enumerate(keys)}
        rows = np.array([row_of.get(key, -1) for key in _message_keys(self.lines)], dtype=np.int64)
        chosen = np.flatnonzero(rows >= 0)
        lines = self.lines.take(pa.array(chosen))
        forever = np.zeros(len(chosen), np.int64), np.full(len(chosen), _FOREVER)
        return self._candidates(lines, rows[chosen], *forever)

    def _shown(self, groups: NDArray[np.object_]) -> Candidates:
        group_of = {group: row for row, group in enumerate(groups)}
        rows = np.array([group_of.get(group, -1) for group in self.goods["group_id"].to_pylist()], dtype=np.int64)
        chosen = np.flatnonzero(rows >= 0)
        goods = self.goods.take(pa.array(chosen))
        since = goods["since"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
        return self._candidates(goods, rows[chosen], since, since + self.recent_days * 86_400_000_000)

    def _candidates(
        self, goods: pa.Table, contexts: NDArray[np.int64], since: NDArray[np.int64], until: NDArray[np.int64]
    ) -> Candidates:
        titles, title_of = np.unique(np.array(goods["title"].to_pylist(), dtype=object), return_inverse=True)
        items = np.searchsorted(self.skus, np.array(goods["sku_id"].to_pylist(), dtype=object))
        return Candidates(contexts, items.astype(np.int64), encode_texts(titles.tolist()), title_of, since, until)

    def _table(
        self,
        messages: pa.Table,
        parts: _Parts,
        satisfaction: NDArray[np.float64],
        spoken_of: AspectMentions,
        texts: EncodedTexts,
        model: SentimentModel,
    ) -> pa.Table:
        count = len(parts.items)
        named = parts.items >= 0
        first, second = fingerprints(texts)
        skus = pa.array([self.skus[item] if item >= 0 else None for item in parts.items], pa.string())
        columns = [
            *messages.select(["message_id", "known_on"]).take(pa.array(parts.text_of)).columns,
            pa.array(parts.number, pa.int32()),
            skus,
            pa.array(parts.confidence, mask=~named),
            pa.array(parts.is_own, mask=~named),
            pa.array(satisfaction, mask=np.isnan(satisfaction)),
            _aspect_lists(spoken_of, count),
            pa.array(_is_about_goods(spoken_of, count)),
            pa.array(np.full(count, model.calibrated)),
            pa.array([model.version] * count, pa.string()),
            pa.array(first[parts.text_of], mask=first[parts.text_of] < 0),
            pa.array(second[parts.text_of], mask=second[parts.text_of] < 0),
        ]
        return pa.Table.from_arrays(columns, schema=READING_SCHEMA)


@dataclass(frozen=True)
class _Contexts:
    """Goods in question for a batch of messages, the group of each message, and when it was sent (microseconds)."""

    owned: Candidates
    shown: Candidates
    group_of: NDArray[np.int64]
    sent_at: NDArray[np.int64]


@dataclass(frozen=True)
class _Choice:
    """Per text the good it names (-1 none), how sure, and whether its writer owns it."""

    items: NDArray[np.int64]
    confidence: NDArray[np.float64]
    is_own: NDArray[np.bool_]


@dataclass(frozen=True)
class _Parts:
    """Messages cut by the goods they name; most are one part. is_shared: the message has other parts too."""

    text_of: NDArray[np.int64]
    number: NDArray[np.int64]
    items: NDArray[np.int64]
    confidence: NDArray[np.float64]
    is_own: NDArray[np.bool_]
    is_shared: NDArray[np.bool_]
    part_of_clause: NDArray[np.int64]


def _prefer_own(own: Votes, shown: Votes) -> _Choice:
    is_own = (own.items >= 0) & (own.coverage >= OWN_ORDER_LEAD * shown.coverage)
    items = np.where(is_own, own.items, shown.items)
    margin = np.where(is_own, own.margins, shown.margins)
    coverage = np.where(is_own, own.coverage, shown.coverage)
    # On demo platforms a vote on her own good is right in nine of ten, one on a good she was only shown in four.
    confidence = np.where(is_own, 0.65, 0.2) + 0.15 * margin + 0.15 * np.minimum(coverage / 0.3, 1.0)
    return _Choice(items, np.where(items >= 0, confidence, 0.0), is_own & (items >= 0))


def _split_parts(whole: _Choice, clause: _Choice, text_of: NDArray[np.int64], is_linked: NDArray[np.bool_]) -> _Parts:
    """Cut a message where its clauses name different goods; a clause without a name belongs to the one before it."""
    named = np.flatnonzero((clause.items >= 0) & ~is_linked[text_of])
    pairs = np.unique(np.stack([text_of[named], clause.items[named]], axis=1), axis=0)
    goods_named = np.bincount(pairs[:, 0], minlength=len(whole.items))
    items = np.where(is_linked, -1, whole.items)
    speaks_of = _carry(clause.items, text_of, goods_named >= 2, items)
    keys = np.stack([text_of, speaks_of], axis=1)
    parts, part_of_clause = np.unique(keys, axis=0, return_inverse=True)
    part_texts, part_items = parts[:, 0], parts[:, 1]
    is_shared = goods_named[part_texts] >= 2
    sure, own = whole.confidence[part_texts], whole.is_own[part_texts]
    best = np.zeros(len(parts))
    np.maximum.at(best, part_of_clause, np.where(clause.items == speaks_of, clause.confidence, 0.0))
    owns = np.zeros(len(parts), dtype=bool)
    np.logical_or.at(owns, part_of_clause, clause.is_own & (clause.items == speaks_of))
    number = np.arange(len(parts)) - np.searchsorted(part_texts, part_texts)
    return _Parts(
        part_texts,
        number,
        part_items,
        np.where(is_shared, best, sure),
        np.where(is_shared, owns, own),
        is_shared,
        part_of_clause.ravel(),
    )


def _carry(
    items: NDArray[np.int64], text_of: NDArray[np.int64], is_shared: NDArray[np.bool_], whole: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The good each clause speaks of: in a shared message the last one named, before that the first one named."""
    place = np.arange(len(items))
    first_clause = np.searchsorted(text_of, text_of)
    last_named = np.maximum.accumulate(np.where(items >= 0, place, -1))
    last_named = np.where(last_named >= first_clause, last_named, -1)
    next_named = np.minimum.accumulate(np.where(items >= 0, place, len(items))[::-1])[::-1]
    carried = items[np.where(last_named >= 0, last_named, np.minimum(next_named, len(items) - 1))]
    return np.where(is_shared[text_of], carried, whole[text_of])


def _message_keys(table: pa.Table) -> list[tuple[str, object]]:
    return list(zip(table["message_id"].to_pylist(), table["known_on"].to_pylist(), strict=True))


def _aspect_lists(spoken_of: AspectMentions, count: int) -> pa.Array:
    """One list of (aspect, polarity) per part."""
    offsets = np.searchsorted(spoken_of.rows, np.arange(count + 1))
    names = pa.array([ASPECTS[aspect] for aspect in spoken_of.aspects], pa.string())
    polarities = pa.array(spoken_of.polarities, pa.float64())
    structs = pa.StructArray.from_arrays([names, polarities], ["aspect", "polarity"])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs)


def _is_about_goods(spoken_of: AspectMentions, count: int) -> NDArray[np.bool_]:
    """False where every aspect named is the courier's or the seller's doing, not the good's."""
    elsewhere = np.isin(np.array(ASPECTS)[spoken_of.aspects], NOT_ABOUT_GOODS)
    named = np.bincount(spoken_of.rows, minlength=count)
    named_elsewhere = np.bincount(spoken_of.rows, weights=elsewhere, minlength=count)
    return np.asarray((named == 0) | (named_elsewhere < named))
