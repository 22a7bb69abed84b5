"""What a text speaks of: aspects of the glossary by our lexicon, each with the polarity of the clause that names it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.text.lexicon import Lexicon
from xuanpin.models.text.term_matching import TermMatcher
from xuanpin.models.text.text_encoding import EncodedTexts, pick_texts

ASPECTS = ("quality", "freshness", "fit", "packaging", "delivery", "value", "service", "taste")
_DEMAND = -1
"""A word that asks for a remedy instead of naming an aspect."""


@dataclass(frozen=True)
class AspectMentions:
    """One entry per text and aspect, in that order: row of the text, index into ASPECTS, polarity from -1 to 1
    (rows, aspects, polarities)."""

    rows: Ints
    aspects: Ints
    polarities: Floats


class AspectFinder:
    """Finds aspect words in clauses."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._matcher = TermMatcher([*lexicon.aspects, *sorted(lexicon.demands)])
        named = [ASPECTS.index(aspect) for aspect in lexicon.aspects.values()]
        self._aspects = np.array(named + [_DEMAND] * len(lexicon.demands))

    def find(
        self,
        clauses: EncodedTexts,
        text_of: Ints,
        satisfaction: Callable[[EncodedTexts], Floats],
    ) -> AspectMentions:
        """Aspects of whole texts from their clauses.

        text_of: text of each clause. satisfaction: reads clauses, 0–1 each, NaN where one voices no opinion (polarity
        0); it is asked only about those that name an aspect. A text that names one in several clauses gets their mean.
        """
        clause, aspect = self._words_in(clauses)
        clause, aspect = clause[aspect != _DEMAND], aspect[aspect != _DEMAND]
        named = np.stack(np.divmod(np.unique(clause * len(ASPECTS) + aspect), len(ASPECTS)), axis=1)
        if not len(named):
            empty = np.zeros(0, dtype=np.int64)
            return AspectMentions(empty, empty, np.zeros(0))
        spoken, place = np.unique(named[:, 0], return_inverse=True)
        polarity = np.nan_to_num(2.0 * satisfaction(pick_texts(clauses, spoken))[place] - 1.0)
        keys, group = np.unique(text_of[named[:, 0]] * len(ASPECTS) + named[:, 1], return_inverse=True)
        means = np.bincount(group, weights=polarity) / np.bincount(group)
        return AspectMentions(keys // len(ASPECTS), keys % len(ASPECTS), means)

    def naming(self, clauses: EncodedTexts, aspects: Collection[str]) -> Flags:
        """Whether each clause names one of these aspects, or asks for a remedy, which says nothing of whose fault."""
        clause, aspect = self._words_in(clauses)
        named = np.zeros(len(clauses), dtype=bool)
        named[clause[np.isin(aspect, [_DEMAND, *(ASPECTS.index(name) for name in aspects)])]] = True
        return named

    def _words_in(self, clauses: EncodedTexts) -> tuple[Ints, Ints]:
        """The clause and the aspect of each word found."""
        hits = self._matcher.find(clauses)
        return np.searchsorted(clauses.row_starts, hits.starts, side="right") - 1, self._aspects[hits.terms]
