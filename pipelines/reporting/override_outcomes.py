"""Describes what became of each override: whether tonight's list follows it, and what it has gained or cost so far."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from xuanpin.pipelines.reporting.words import number, percent, text


def outcome_key(row: dict[str, Any]) -> str:
    """Return the key of the text that says whether tonight's list follows the override in `row`."""
    if row["state"] != "in_force":
        return f"override_{row['state']}"
    is_listed = row["list_rank"] is not None
    if row["action"] == "clear":
        return "clear_held" if row["is_held"] else "clear_holds"
    if row["action"] == "pin" and is_listed:
        return "pin_listed" if row["agents"] else "pin_unmatched"
    if row["action"] == "pin":
        return "pin_refused"
    return "ban_broken" if is_listed else "ban_kept"


def override_effects(row: dict[str, Any]) -> list[Markup]:
    """Return what has happened under the override in `row`, a line a measure; one line where nothing is known yet.

    A pin is compared with an average place of the same lists, on days on which an agent was given it, and with its
    category's regrets on the same days; a cleared hold with these regrets alone; a ban with its category before it
    began.
    """
    if row["action"] == "clear":
        return [_regrets(row)] if row["delivered_lines"] else [text("story_none")]
    if row["action"] == "ban":
        return [_before_ban(row)] if row["delivered_lines"] else [text("story_none")]
    return [*_places(row), *([_regrets(row)] if row["delivered_lines"] else [])] or [text("story_none")]


def _places(row: dict[str, Any]) -> list[Markup]:
    unseen = row["listed_days"] - row["given_days"]
    told = [text("story_pin_unseen", days=unseen)] if unseen else []
    return [_place(row), *told] if row["given_days"] else told


def _place(row: dict[str, Any]) -> Markup:
    gained = row["listed_kept_units"] - row["place_kept_units"]
    key = "story_pin_brought" if gained >= 0 else "story_pin_cost"
    average = number(row["place_kept_units"], 1)
    return text(key, days=row["given_days"], kept=row["listed_kept_units"], average=average, n=number(abs(gained), 1))


def _regrets(row: dict[str, Any]) -> Markup:
    category_rate = _share(row["category_regretted_lines"], row["category_lines"])
    more = row["regretted_lines"] - row["delivered_lines"] * category_rate
    key = "story_regret_more" if more > 0 else "story_regret_less"
    return text(key, **_rates(row), n=number(abs(more), 1))


def _before_ban(row: dict[str, Any]) -> Markup:
    return text("story_ban", **_rates(row))


def _rates(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "regretted": row["regretted_lines"],
        "lines": row["delivered_lines"],
        "rate": percent(_share(row["regretted_lines"], row["delivered_lines"])),
        "category_rate": percent(_share(row["category_regretted_lines"], row["category_lines"])),
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
