"""Says how well the values of a column fit what a contract's column holds, from -1 (they contradict it) to 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xuanpin.pipelines.connect.recognition.values import Profile
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.ingest.known_words import known_word

CONTRADICTED = -0.4
"""At or below this, values contradict the column: most of them cannot be read as what it holds."""
AGREES = 0.5
"""From this on, values are what the column holds."""
_NUMBERS = ("integer", "decimal")
_TEXTS = ("chinese", "latin")


def fit(profile: Profile, table: str, column: Column) -> float:
    """Return how well a column's values fit `column` of a source `table`; 0 where there are none to judge by.

    Nothing at all contradicts a column that each row must have.
    """
    if profile.is_empty:
        return CONTRADICTED if column.required else 0.0
    if column.allowed:
        return _words(profile, table, column)
    special = _SPECIAL.get(column.name)
    return special(profile) if special is not None else _by_type(profile, column)


def known_share(profile: Profile, table: str, column: str) -> float:
    """Return the share of filled cells whose word the dictionary knows for an enumeration, `column` of `table`."""
    if not profile.is_enumeration:
        return 0.0
    known = sum(count for word, count in profile.counts.items() if known_word(table, column, word) is not None)
    return known / profile.cell_count


def _by_type(profile: Profile, column: Column) -> float:
    if column.is_id:
        return _id(profile)
    if column.type == "BOOLEAN":
        return _scaled(profile.share("yes_no") + _zero_or_one(profile))
    if column.type.startswith("TIMESTAMP") or column.type == "DATE":
        return _time(profile)
    if column.type in ("BIGINT", "INTEGER"):
        return _whole(profile)
    if column.type.startswith(("DECIMAL", "DOUBLE", "FLOAT")) and not column.type.endswith("[]"):
        return _amount(profile, column)
    return _text(profile)


def _scaled(share: float) -> float:
    """From a share of fitting values: none is -1, half is 0, all is 1."""
    return 2 * min(share, 1.0) - 1


def _words(profile: Profile, table: str, column: Column) -> float:
    if not profile.is_enumeration:
        return -0.2 if column.name == "reason_code" and profile.share(*_TEXTS) > 0.8 else -0.6
    if (share := known_share(profile, table, column.name)) > 0:
        return _scaled(share) if share > 0.5 else -0.1
    return -0.3 if profile.share(*_TEXTS, "yes_no") > 0.5 else -0.7


def _zero_or_one(profile: Profile) -> float:
    return 1.0 if set(profile.counts) <= {"0", "1"} else 0.0


def _time(profile: Profile) -> float:
    numbers = profile.share("serial") if profile.share("serial") > 0.8 else 0.0
    return _scaled(profile.share("time", "epoch") + 0.8 * numbers)


def _whole(profile: Profile) -> float:
    if profile.share("epoch", "long") > 0.2 or profile.share("padded") > 0.2:
        return -0.6
    whole = profile.share("integer")
    return _scaled(whole + _zero_decimals(profile))


def _zero_decimals(profile: Profile) -> float:
    """The share of values such as 2.00, which are whole numbers all the same."""
    if not profile.share("decimal"):
        return 0.0
    whole = sum(1 for text in profile.counts if text.rstrip("0").endswith(".") and text[0].isdigit())
    return whole / len(profile.counts)


def _amount(profile: Profile, column: Column) -> float:
    if profile.share("epoch", "long") > 0.2 or profile.share("padded") > 0.2:
        return -0.6
    kinds = (*_NUMBERS, "percent") if column.unit in ("rate", "share") else _NUMBERS
    return _scaled(profile.share(*kinds))


def _id(profile: Profile) -> float:
    """Ids are codes, numbers or, where a shop has no codes, names; never amounts, times, telephones or long texts."""
    bad = profile.share("time", "decimal", "url", "percent", "clock", "yes_no", "email") + profile.share("phone")
    if bad + profile.share("long_text") > 0.5:
        return -0.8
    return 0.2 + 0.8 * profile.share("id", "integer", "exponent") - bad


def _text(profile: Profile) -> float:
    other = profile.share("time", "decimal", "url", "percent", "phone", "integer")
    return -0.6 if other > 0.6 else _scaled(profile.share(*_TEXTS, "id", "email", "yes_no"))


def _title(profile: Profile) -> float:
    return _text(profile) if profile.share("yes_no") < 0.5 else -0.6


def _name(profile: Profile) -> float:
    """Nicknames may be anything that is short, also a masked telephone."""
    other = profile.share("time", "decimal", "url", "percent", "long_text")
    return -0.6 if other > 0.5 else 0.6


def _chat(profile: Profile) -> float:
    other = profile.share("time", "decimal", "percent", "integer")
    return -0.6 if other > 0.6 else 0.6


def _url(profile: Profile) -> float:
    return _scaled(profile.share("url", "image"))


def _image(profile: Profile) -> float:
    return _url(profile) if profile.share("image") > 0.5 else min(_url(profile), 0.4)


def _days(profile: Profile) -> float:
    """A number of days, which may have its unit behind it or be given in words (12个月)."""
    return max(_whole(profile), 0.2 if profile.share("chinese") > 0.5 else -1.0)


def _clock(profile: Profile) -> float:
    return _scaled(profile.share("clock"))


def _vector(profile: Profile) -> float:
    commas = sum(1 for text in profile.counts if text.count(",") + text.count(" ") + text.count(";") >= 3)
    digits = sum(1 for text in profile.counts if not any(letter > "\u2e80" for letter in text))
    return _scaled(min(commas, digits) / len(profile.counts))


_SPECIAL: Mapping[str, Callable[[Profile], float]] = {
    "title": _title,
    "customer_name": _name,
    "sender_id": _name,
    "text": _chat,
    "comment": _chat,
    "image_url": _image,
    "page_url": _url,
    "shelf_life_days": _days,
    "cutoff_time": _clock,
    "style_vector": _vector,
}
"""Columns whose type does not say what they hold."""
