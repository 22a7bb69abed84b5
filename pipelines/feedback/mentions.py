"""Reads the messages that SQL has gathered: which SKU each is about, its satisfaction and its aspects."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.text.aspects import ASPECTS, AspectFinder, AspectMentions
from xuanpin.models.text.message_segments import Choice, Parts, guess_delivered, prefer_own, split_parts
from xuanpin.models.text.near_duplicates import near_duplicate_keys
from xuanpin.models.text.polarity import split_clauses
from xuanpin.models.text.product_linking import Candidates, Texts, TitleIndex, compare
from xuanpin.models.text.sentiment import SentimentModel
from xuanpin.models.text.text_encoding import EncodedTexts, encode_texts, join_texts, number_values, pick_texts
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.feedback.known_titles import Catalogue
from xuanpin.pipelines.feedback.learning import ModelStore
from xuanpin.pipelines.feedback.posts import PLACES
from xuanpin.pipelines.feedback.word_lists import aspect_finder

BATCH = 200_000
"""Messages read at a time, and the rest of their last day: about 300 MB of work space."""
NOT_ABOUT_GOODS = ("delivery", "service")
CLEAR_REST = 0.15
"""Distance of satisfaction from .5 (neither) from which the clauses that name no courier and no seller judge alike."""
_DAY = 86_400_000_000

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


def read_customers(night: Night, models: ModelStore) -> None:
    """Write night.int_mention_readings: one row per message and good it names (one without a good for most).

    `models` are those that read: each message is read by the one of its day.
    """
    messages = night.engine.select("int_customer_texts")
    parts = [READING_SCHEMA.empty_table()]
    reader = CustomerReader.build(night) if len(messages) else None
    for version in sorted(set(pc.unique(messages["model_version"]).to_pylist())):
        chosen = messages.filter(pc.equal(messages["model_version"], version))
        model = models.model(version)
        for start, end in pairwise(_whole_days(chosen["day"].to_numpy())):
            assert reader is not None
            parts.append(reader.read(chosen.slice(start, end - start), model))
    night.engine.store("night.int_mention_readings", pa.concat_tables(parts), READING_SCHEMA)


def _whole_days(days: Ints) -> list[int]:
    """Bounds of batches of ascending days: what a day says must not depend on the batch that it is read in."""
    bounds = [0]
    while bounds[-1] < len(days):
        last = days[min(bounds[-1] + BATCH, len(days)) - 1]
        bounds.append(int(np.searchsorted(days, last, side="right")))
    return bounds


@dataclass(frozen=True)
class CustomerReader:
    """What reading needs besides the texts: SKUs posted to the groups, lines owned by the senders, and word lists.

    shown: by group (index into groups) and moment (µs since 1970). lines: of int_mention_lines; line_skus, line_titles:
    their SKUs as indexes into skus, their titles as indexes into those of the catalogue (-1 unknown). speaking_days,
    complaint_at, first_complaint_at: as in the settings; aspects: names what a text speaks of.
    """

    catalogue: Catalogue
    skus: pa.Array
    groups: pa.Array
    shown: TitleIndex
    lines: pa.Table
    line_skus: Ints
    line_titles: Ints
    speaking_days: float
    complaint_at: float
    first_complaint_at: float
    aspects: AspectFinder

    @classmethod
    def build(cls, night: Night) -> CustomerReader:
        """Gather all of it from the tables of the night."""
        posted = night.engine.read("night.int_mention_skus", order_by=("group_id", "since", "sku_id", "title"))
        lines = night.engine.read("night.int_mention_lines", order_by=("message_no", "sku_id", "order_line_id"))
        skus, items = number_values(pa.chunked_array([*posted["sku_id"].chunks, *lines["sku_id"].chunks], pa.string()))
        groups, group_of = number_values(posted["group_id"])
        catalogue, chosen = Catalogue.build(night), night.settings.feedback
        titles = catalogue.number(posted["title"])
        # A post outlives the title of its day where old rows of products are tidied away.
        kept = np.flatnonzero(titles >= 0)
        shown = Candidates(
            group_of[kept], items[kept], titles[kept], _microseconds(posted["since"])[kept], chosen.recent_days * _DAY
        )
        return cls(
            catalogue=catalogue,
            skus=skus,
            groups=groups,
            shown=TitleIndex.build(catalogue.titles, shown),
            lines=lines,
            line_skus=items[len(posted) :],
            line_titles=catalogue.number(lines["title"]),
            speaking_days=chosen.speaking_days,
            complaint_at=chosen.complaint_at,
            first_complaint_at=chosen.first_complaint_at,
            aspects=aspect_finder(chosen.lexicon_folder),
        )

    def read(self, messages: pa.Table, model: SentimentModel) -> pa.Table:
        """Readings of one batch of messages, in the schema of night.int_mention_readings."""
        texts = encode_texts(messages["text"])
        clauses, text_of = split_clauses(texts)
        line_rows, message_of = self._own_lines(messages)
        whole, clause = self._vote(messages, clauses, text_of, line_rows, message_of)
        parts = split_parts(whole, clause, text_of, messages["is_linked"].to_numpy(zero_copy_only=False))
        satisfaction = model.satisfaction(texts)[parts.text_of]
        if parts.is_shared.any():
            shared = np.flatnonzero(parts.is_shared[parts.part_of_clause])
            owners, part_of = np.unique(parts.part_of_clause[shared], return_inverse=True)
            satisfaction[owners] = model.satisfaction(join_texts(pick_texts(clauses, shared), part_of, len(owners)))
        satisfaction = np.round(satisfaction, PLACES)
        spoken_of = (model.aspects or self.aspects).find(clauses, parts.part_of_clause, model.satisfaction)
        guess = self._guess(messages, line_rows, message_of)
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

    def _own_lines(self, messages: pa.Table) -> tuple[Ints, Ints]:
        """Rows of `lines` that belong to writers of this batch, and the message of each."""
        numbers, wanted = messages["message_no"].to_numpy(), self.lines["message_no"].to_numpy()
        place = np.minimum(np.searchsorted(numbers, wanted), len(numbers) - 1)
        rows = np.flatnonzero(numbers[place] == wanted)
        return rows, place[rows]

    def _guess(self, messages: pa.Table, line_rows: Ints, message_of: Ints) -> Choice:
        delivered = _microseconds(self.lines["delivered_at"])[line_rows]
        age = (_microseconds(messages["sent_at"])[message_of] - delivered) / _DAY
        return guess_delivered(message_of, self.line_skus[line_rows], age, len(messages), self.speaking_days)

    def _vote(
        self,
        messages: pa.Table,
        clauses: EncodedTexts,
        text_of: Ints,
        line_rows: Ints,
        message_of: Ints,
    ) -> tuple[Choice, Choice]:
        """The SKU that each message and each clause names: one its sender owns, else one posted to her group."""
        days, day_of = np.unique(messages["day"].to_numpy(), return_inverse=True)
        rarity = self.catalogue.rarity(days)
        rows, pairs = self.catalogue.titles.pairs_in(clauses)
        named = self.line_titles[line_rows] >= 0
        line_rows, line_of = line_rows[named], message_of[named]
        nothing = np.zeros(len(line_rows), np.int64)
        delivered = Candidates(line_of, self.line_skus[line_rows], self.line_titles[line_rows], nothing, lifetime=1)
        asked = Texts(rows, pairs, text_of, np.zeros(len(clauses), np.int64), day_of[text_of])
        own = compare(self.catalogue.titles, delivered, asked, rarity)
        group_of = pc.fill_null(pc.index_in(messages["group_id"], self.groups), -1).to_numpy().astype(np.int64)
        asked = Texts(rows, pairs, group_of[text_of], _microseconds(messages["sent_at"])[text_of], day_of[text_of])
        shown = self.shown.find(asked, rarity)
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
