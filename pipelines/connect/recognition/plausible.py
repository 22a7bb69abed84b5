"""Says which missing column the values under an unknown header may be: what a person should be asked about."""

from __future__ import annotations

import re

from xuanpin.pipelines.connect.recognition.fit import AGREES, fit, known_share
from xuanpin.pipelines.connect.recognition.values import Profile
from xuanpin.pipelines.contracts.sql import Column

_NEVER_ASKED = frozenset(
    {
        "updated_at",
        "daily_slots",
        "style_tags",
        "series_tags",
        "categories_wanted",
        "categories_excluded",
        "is_clearance",
        "is_cold_chain",
        "title",
        "category",
        "group_id",
        "reply_to_message_id",
        "approved_by",
        "bundle_parts",
    }
)
"""Columns that nearly any values fit: the time of a row is made of all its times, tags and yes or no say nothing by
themselves, and a table is not recognised without the titles of its goods."""
_RARELY_GIVEN = frozenset(
    {
        "price_min",
        "price_max",
        "min_satisfaction",
        "max_landmine_probability",
        "daily_slots",
        "shelf_life_days",
        "season_start",
        "season_end",
        "style_tags",
        "series_tags",
        "categories_wanted",
        "categories_excluded",
        "bundle_parts",
        "approved_by",
        "carrier_id",
        "customer_name",
        "brand",
        "comment",
    }
)
"""Columns that an unknown header is not asked to be because its values fit: hardly a platform has the first ones, and
texts and numbers fit them all; of the last ones `plausible` says more."""
_PEOPLE = ("agent_id", "customer_id", "sender_id", "supplier_id")
"""Ids that a shop may know by names alone."""
_FLAG = re.compile("^(是否|有无|is |has )")
"""How headers of yes and no begin that are of something else, were they not known."""
_CARRIERS = re.compile(
    "快递|速运|速递|物流|顺丰|圆通|中通|韵达|申通|极兔|邮政|德邦|ems|ups|fedex|dhl|usps|express|courier|post|logistics"
)
_SHORT_NAME = 16
"""Characters up to which a text may be somebody's nickname."""


def plausible(profile: Profile, table: str, column: Column) -> bool:
    """Tell whether values alone make it worth asking if a header means `column` of a source `table`."""
    if profile.is_empty or column.audit_only or column.name in _NEVER_ASKED:
        return False
    if column.allowed:
        return profile.share("chinese", "latin") > 0.9 and known_share(profile, table, column.name) > 0.5
    if column.name == "carrier_id":
        return sum(1 for text in profile.counts if _CARRIERS.search(text)) > 0.5 * len(profile.counts)
    if column.name in ("customer_name", "brand", "comment"):
        return _is_text_like(profile, column.name)
    if column.name == "paid_amount":
        return profile.share("decimal") > 0.5 and fit(profile, table, column) >= AGREES
    if not column.required:
        is_time = column.type.startswith("TIMESTAMP")
        return (is_time and fit(profile, table, column) >= AGREES) or _is_url(profile, column)
    return fit(profile, table, column) >= AGREES and not _is_small_number(profile, column)


def may_be(header: str, profile: Profile, table: str, column: Column) -> bool:
    """Tell whether values under an unknown `header` fit a `column` of `table` at all, and are asked about."""
    if column.name == "customer_id" and profile.share("phone", "email") > 0.5:
        return True
    if column.audit_only or column.name in _RARELY_GIVEN or (column.type == "BOOLEAN" and _FLAG.match(header.lower())):
        return False
    return fit(profile, table, column) >= AGREES or (column.name in _PEOPLE and _is_of_people(profile))


def _is_of_people(profile: Profile) -> bool:
    """Tell whether values are names that stand for ids: short texts of which some repeat."""
    lengths = sum(map(len, profile.counts)) / max(len(profile.counts), 1)
    return profile.share("chinese", "latin") > 0.8 and lengths <= _SHORT_NAME and profile.share("goods", "list") < 0.2


def _is_text_like(profile: Profile, name: str) -> bool:
    if profile.share("chinese", "latin") < 0.8:
        return False
    lengths = sum(map(len, profile.counts)) / len(profile.counts)
    if name == "comment":
        return lengths > 6 and profile.unique_share > 0.5
    if name == "brand":
        return lengths <= _SHORT_NAME and profile.unique_share < 0.7 and profile.share("list", "goods") < 0.2
    return lengths <= _SHORT_NAME and profile.unique_share > 0.3 and profile.filled > 0.5


def _is_url(profile: Profile, column: Column) -> bool:
    return column.name in ("image_url", "page_url") and profile.share("url") > 0.8


def _is_small_number(profile: Profile, column: Column) -> bool:
    """Tell whether an id would be a small number or a word: running numbers and flags are no ids."""
    return column.is_id and all(len(text) <= 3 for text in profile.counts)
