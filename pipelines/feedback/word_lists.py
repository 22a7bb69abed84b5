"""The deployment's word lists laid out for search: built once a process, and only when there is something to read.

`lexicon_folder` holds the deployment's own lists, None where there are only ours.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from xuanpin.models.text.aspect_learning import AspectFeatures
from xuanpin.models.text.aspects import ASPECTS, AspectFinder
from xuanpin.models.text.lexicon import Lexicon, load_lexicon, load_traditional
from xuanpin.models.text.lexicon.message_patterns import MessagePatterns, load_message_patterns
from xuanpin.models.text.polarity import LexiconScorer
from xuanpin.models.text.term_matching import TermMatcher
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.paths import require_folder
from xuanpin.pipelines.typed.phrase import phrase


@cache
def opinion_scorer(lexicon_folder: Path | None) -> LexiconScorer:
    """Words of opinion with their degrees and negators."""
    return LexiconScorer(_lexicon(lexicon_folder))


@cache
def common_words(lexicon_folder: Path | None) -> TermMatcher:
    """Words of opinion and aspect, which do not say which SKU is meant."""
    lexicon = _lexicon(lexicon_folder)
    opinions = (word for word, polarity in lexicon.polarity.items() if polarity)
    words = {*opinions, *lexicon.degrees, *lexicon.negators, *lexicon.aspects}
    return TermMatcher(sorted(word for word in words if len(word) >= 2))


@cache
def aspect_finder(lexicon_folder: Path | None) -> AspectFinder:
    """Words that name an aspect."""
    return AspectFinder(_lexicon(lexicon_folder))


@cache
def aspect_features(lexicon_folder: Path | None) -> AspectFeatures:
    """What a classifier of aspects sees of a text."""
    return AspectFeatures(_lexicon(lexicon_folder))


def message_patterns(lexicon_folder: Path | None) -> MessagePatterns:
    """Wordings that say of what kind a message is; raises UsageError that names the file and the row of a bad one."""
    try:
        return load_message_patterns(_there(lexicon_folder))
    except ValueError as error:
        raise _explained(lexicon_folder, error) from error


def pattern_parameters(lexicon_folder: Path | None) -> dict[str, str]:
    """The patterns as parameters of SQL; errors as of `message_patterns`."""
    return message_patterns(lexicon_folder).parameters()


def script_parameters() -> dict[str, str]:
    """Parameters of SQL that turn traditional characters into simplified ones, character by character."""
    characters = load_traditional()
    return {
        "traditional": "".join(characters),
        "simplified": "".join(characters.values()),
        "traditional_pattern": f"[{''.join(characters)}]",
    }


def word_lists(lexicon_folder: Path | None) -> dict[str, Any]:
    """All words and patterns in force, ours and the deployment's; errors as of `message_patterns`."""
    return {"lexicon": asdict(_lexicon(lexicon_folder)), "patterns": pattern_parameters(lexicon_folder)}


def aspect_names(lexicon_folder: Path | None) -> dict[str, str]:
    """Aspect → its name in a sheet: the first word of the list for it."""
    words = _lexicon(lexicon_folder).aspects.items()
    return {aspect: next((word for word, named in words if named == aspect), aspect) for aspect in ASPECTS}


def aspects_by_name(lexicon_folder: Path | None) -> dict[str, str]:
    """What a merchandiser may write → aspect: its code or any word of the list for it."""
    return _lexicon(lexicon_folder).aspects | {aspect: aspect for aspect in ASPECTS}


def _lexicon(lexicon_folder: Path | None) -> Lexicon:
    try:
        return load_lexicon(_there(lexicon_folder))
    except ValueError as error:
        raise _explained(lexicon_folder, error) from error


def _there(lexicon_folder: Path | None) -> Path | None:
    """A folder that is not there would silently extend nothing."""
    if lexicon_folder is None:
        return None
    return require_folder(
        phrase("lexicon folder"), lexicon_folder, phrase("check lexicon_folder below [feedback] in the settings")
    )


def _explained(lexicon_folder: Path | None, error: ValueError) -> UsageError:
    return UsageError(
        phrase(
            "lexicon folder {lexicon_folder}: {error}; correct the row or remove it",
            lexicon_folder=lexicon_folder,
            error=error,
        )
    )
