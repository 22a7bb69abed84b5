"""Reads a block of customers' messages: which SKU each is about, its satisfaction and its aspects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.text.aspect_learning import AspectFeatures
from xuanpin.models.text.aspects import ASPECTS, AspectFinder, AspectMentions
from xuanpin.models.text.message_segments import Choice, Parts, guess_delivered, prefer_own, split_parts
from xuanpin.models.text.near_duplicates import near_duplicate_keys
from xuanpin.models.text.polarity import LexiconScorer, split_clauses
from xuanpin.models.text.product_linking import Candidates, Texts, TitleIndex, compare
from xuanpin.models.text.sentiment import SentimentModel
from xuanpin.models.text.text_encoding import EncodedTexts, encode_texts, join_texts, number_values, pick_texts
from xuanpin.pipelines.feedback.known_titles import Catalogue
from xuanpin.pipelines.feedback.model_files import StoredModel
from xuanpin.pipelines.feedback.posts import PLACES

NOT_ABOUT_GOODS = ("delivery", "service")
CLEAR_REST = 0.15
"""Distance of satisfaction from .5 (neither) from which the clauses that name no courier and no seller judge alike."""
_DAY = 86_400_000_000

Owned = tuple[Ints, Ints]
"""Rows of lines, and the row of the message that the sender of each wrote."""

READING_SCHEMA = pa.schema(
    [
        ("message_no", pa.int64()),
        ("part", pa.int32()),
        ("voted_sku_id", pa.string()),
        ("vote_confidence", pa.float64()),
        ("is_vote_on_own_order", pa.bool_()),
        ("guessed_sku_id", pa.string()),
        ("guess_confidence", pa.float64()),
        ("satisfaction", pa.float64()),
        ("is_discontent", pa.bool_()),
        ("aspects", pa.list_(pa.struct([("aspect", pa.string()), ("polarity", pa.float64())]))),
        ("is_about_goods", pa.bool_()),
        ("calibrated", pa.bool_()),
        ("model_version", pa.string()),
        ("fingerprint_a", pa.int64()),
        ("fingerprint_b", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Hints:
    """What the tables of a block tell of its messages: SKUs posted to their groups, lines owned by their senders.

    shown: by group (index into groups) and moment (µs since 1970). lines: of int_mention_lines, by message; line_skus,
    line_titles: their SKUs as indexes into those of the reader, their titles as indexes into those of the catalogue (-1
    unknown).
    """

    groups: pa.Array
    shown: TitleIndex
    lines: pa.Table
    line_skus: Ints
    line_titles: Ints


@dataclass(frozen=True)
class CustomerReader:
    """Reads a block of customers' messages; it holds what all blocks share, and can be sent to another machine.

    skus: those that a message may name; of two with equal evidence the first is meant. models: those that read, by
    version; scorer, features and aspects are the word lists by which they do. recent_days, speaking_days, complaint_at,
    first_complaint_at: as in the settings.
    """

    catalogue: Catalogue
    skus: pa.Array
    models: Mapping[str, StoredModel]
    scorer: LexiconScorer
    features: AspectFeatures
    aspects: AspectFinder
    recent_days: int
    speaking_days: float
    complaint_at: float
    first_complaint_at: float

    def __call__(self, tables: Mapping[str, pa.Table]) -> pa.Table:
        """Readings of a block in READING_SCHEMA: its `texts`, the `posts` of its groups and the `lines` of its
        senders."""
        messages = tables["texts"].sort_by("message_no")
        hints = self._hints(tables["posts"], tables["lines"])
        parts = []
        for version in sorted(pc.unique(messages["model_version"]).to_pylist()):
            model = self.models[version].model(self.scorer, self.features)
            chosen = messages.filter(pc.equal(messages["model_version"], version))
            parts.append(self._read(chosen, hints, model))
        return pa.concat_tables(parts)

    def _hints(self, posts: pa.Table, lines: pa.Table) -> Hints:
        posts = posts.sort_by([(name, "ascending") for name in ("group_id", "since", "sku_id", "title")])
        lines = lines.sort_by([(name, "ascending") for name in ("message_no", "sku_id", "order_line_id")])
        groups, group_of = number_values(posts["group_id"])
        titles = self.catalogue.number(posts["title"])
        # A post outlives the title of its day where old rows of products are tidied away.
        kept = np.flatnonzero(titles >= 0)
        shown = Candidates(
            group_of[kept],
            self._sku_numbers(posts["sku_id"])[kept],
            titles[kept],
            _microseconds(posts["since"])[kept],
            self.recent_days * _DAY,
        )
        return Hints(
            groups=groups,
            shown=TitleIndex.build(self.catalogue.titles, shown),
            lines=lines,
            line_skus=self._sku_numbers(lines["sku_id"]),
            line_titles=self.catalogue.number(lines["title"]),
        )

    def _sku_numbers(self, sku_ids: pa.ChunkedArray) -> Ints:
        return np.asarray(pc.index_in(sku_ids, self.skus), dtype=np.int64)

    def _read(self, messages: pa.Table, hints: Hints, model: SentimentModel) -> pa.Table:
        """Readings of messages that one model reads."""
        texts = encode_texts(messages["text"])
        clauses, text_of = split_clauses(texts)
        own = _own_lines(messages, hints.lines)
        whole, clause = self._vote(messages, clauses, text_of, hints, own)
        parts = split_parts(whole, clause, text_of, messages["is_linked"].to_numpy(zero_copy_only=False))
        satisfaction = model.satisfaction(texts)[parts.text_of]
        if parts.is_shared.any():
            shared = np.flatnonzero(parts.is_shared[parts.part_of_clause])
            owners, part_of = np.unique(parts.part_of_clause[shared], return_inverse=True)
            satisfaction[owners] = model.satisfaction(join_texts(pick_texts(clauses, shared), part_of, len(owners)))
        satisfaction = np.round(satisfaction, PLACES)
        spoken_of = (model.aspects or self.aspects).find(clauses, parts.part_of_clause, model.satisfaction)
        guess = self._guess(messages, hints, own)
        is_discontent = satisfaction <= self._complaint_at(model)
        return self._table(
            messages,
            parts,
            {
                "satisfaction": pa.array(satisfaction, mask=np.isnan(satisfaction)),
                "is_discontent": pa.array(is_discontent),
                "aspects": _aspect_lists(spoken_of, len(satisfaction)),
                "is_about_goods": pa.array(self._is_about_goods(clauses, parts, spoken_of, satisfaction, model)),
                "calibrated": pa.array(np.full(len(satisfaction), model.calibrated)),
                "model_version": pa.repeat(pa.scalar(model.version, pa.string()), len(satisfaction)),
            },
            guess,
            near_duplicate_keys(texts),
        )

    def _complaint_at(self, model: SentimentModel) -> float:
        return self.complaint_at if model.is_tested else self.first_complaint_at

    def _is_about_goods(
        self,
        clauses: EncodedTexts,
        parts: Parts,
        spoken_of: AspectMentions,
        satisfaction: Floats,
        model: SentimentModel,
    ) -> Flags:
        """False where every aspect named is the courier's or the seller's doing and nothing else is judged alike.

        Which clause names them is left to the words of the list: a classifier of whole texts is not sure enough of a
        clause to excuse a complaint.
        """
        is_about, limit = _names_goods(spoken_of, len(satisfaction)), self._complaint_at(model)
        doubtful = np.flatnonzero(~is_about & ~np.isnan(satisfaction))
        rows = np.flatnonzero(np.isin(parts.part_of_clause, doubtful))
        rows = rows[~self.aspects.naming(pick_texts(clauses, rows), NOT_ABOUT_GOODS)]
        place = np.searchsorted(doubtful, parts.part_of_clause[rows])
        rest = model.satisfaction(join_texts(pick_texts(clauses, rows), place, len(doubtful)))
        is_clear = (rest - 0.5) * np.sign(satisfaction[doubtful] - 0.5) >= CLEAR_REST
        is_about[doubtful] = np.where(satisfaction[doubtful] <= limit, rest <= limit, is_clear)
        return is_about

    def _guess(self, messages: pa.Table, hints: Hints, own: Owned) -> Choice:
        line_rows, message_of = own
        delivered = _microseconds(hints.lines["delivered_at"])[line_rows]
        age = (_microseconds(messages["sent_at"])[message_of] - delivered) / _DAY
        return guess_delivered(message_of, hints.line_skus[line_rows], age, len(messages), self.speaking_days)

    def _vote(
        self,
        messages: pa.Table,
        clauses: EncodedTexts,
        text_of: Ints,
        hints: Hints,
        own_lines: Owned,
    ) -> tuple[Choice, Choice]:
        """The SKU that each message and each clause names: one its sender owns, else one posted to her group."""
        line_rows, message_of = own_lines
        days, day_of = np.unique(messages["day"].to_numpy(), return_inverse=True)
        rarity = self.catalogue.rarity(days)
        rows, pairs = self.catalogue.titles.pairs_in(clauses)
        named = hints.line_titles[line_rows] >= 0
        line_rows, line_of = line_rows[named], message_of[named]
        nothing = np.zeros(len(line_rows), np.int64)
        delivered = Candidates(line_of, hints.line_skus[line_rows], hints.line_titles[line_rows], nothing, lifetime=1)
        asked = Texts(rows, pairs, text_of, np.zeros(len(clauses), np.int64), day_of[text_of])
        own = compare(self.catalogue.titles, delivered, asked, rarity)
        group_of = pc.fill_null(pc.index_in(messages["group_id"], hints.groups), -1).to_numpy().astype(np.int64)
        asked = Texts(rows, pairs, group_of[text_of], _microseconds(messages["sent_at"])[text_of], day_of[text_of])
        shown = hints.shown.find(asked, rarity)
        count = len(messages)
        is_owner = np.bincount(message_of, minlength=count) > 0
        is_wish = messages["is_wish"].to_numpy(zero_copy_only=False)
        return (
            prefer_own(own.votes(count, text_of), shown.votes(count, text_of), is_owner, is_wish),
            prefer_own(own.votes(len(clauses)), shown.votes(len(clauses)), is_owner[text_of], is_wish[text_of]),
        )

    def _table(
        self,
        messages: pa.Table,
        parts: Parts,
        said: dict[str, pa.Array],
        guess: Choice,
        marks: tuple[Ints, Ints],
    ) -> pa.Table:
        named, guessed = parts.items >= 0, guess.items[parts.text_of]
        first, second = (mark[parts.text_of] for mark in marks)
        columns = said | {
            "message_no": messages["message_no"].take(pa.array(parts.text_of)),
            "part": pa.array(parts.number, pa.int32()),
            "voted_sku_id": self.skus.take(pa.array(parts.items, mask=~named)),
            "vote_confidence": pa.array(np.round(parts.confidence, PLACES), mask=~named),
            "is_vote_on_own_order": pa.array(parts.is_own, mask=~named),
            "guessed_sku_id": self.skus.take(pa.array(guessed, mask=guessed < 0)),
            "guess_confidence": pa.array(np.round(guess.confidence, PLACES)[parts.text_of], mask=guessed < 0),
            "fingerprint_a": pa.array(first, mask=first < 0),
            "fingerprint_b": pa.array(second, mask=second < 0),
        }
        return pa.table([columns[name] for name in READING_SCHEMA.names], schema=READING_SCHEMA)


def _own_lines(messages: pa.Table, lines: pa.Table) -> Owned:
    """Rows of `lines` that belong to writers of these messages, and the message of each."""
    numbers, wanted = messages["message_no"].to_numpy(), lines["message_no"].to_numpy()
    place = np.minimum(np.searchsorted(numbers, wanted), len(numbers) - 1)
    rows = np.flatnonzero(numbers[place] == wanted)
    return rows, place[rows]


def _aspect_lists(spoken_of: AspectMentions, count: int) -> pa.Array:
    """One list of (aspect, polarity) per part."""
    offsets = np.searchsorted(spoken_of.rows, np.arange(count + 1))
    names = pa.array([ASPECTS[aspect] for aspect in spoken_of.aspects], pa.string())
    polarities = pa.array(np.round(spoken_of.polarities, PLACES), pa.float64())
    structs = pa.StructArray.from_arrays([names, polarities], ["aspect", "polarity"])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs)


def _names_goods(spoken_of: AspectMentions, count: int) -> Flags:
    """False where every aspect named is the courier's or the seller's doing."""
    elsewhere = np.isin(np.array(ASPECTS)[spoken_of.aspects], NOT_ABOUT_GOODS)
    named = np.bincount(spoken_of.rows, minlength=count)
    named_elsewhere = np.bincount(spoken_of.rows, weights=elsewhere, minlength=count)
    return np.asarray((named == 0) | (named_elsewhere < named))


def _microseconds(moments: pa.ChunkedArray) -> Ints:
    """Return timestamps as µs since 1970."""
    return np.asarray(moments.cast(pa.int64()).to_numpy(), dtype=np.int64)
