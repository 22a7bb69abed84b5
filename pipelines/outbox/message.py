"""One message to one group: what is sent, to whom, made from which run, and how each SKU in it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SkuLine:
    """Hold one SKU of a message.

    `sku_id` and `title`, cut to its length, name it; `list_price` is in CNY, as text; `page_url` is None where it has
    no page; `code` is what its agent answers by.
    """

    sku_id: str
    title: str
    list_price: str
    page_url: str | None
    code: str


@dataclass(frozen=True)
class Message:
    """Hold one message to the group `group_id` of the agent `agent_id`, made from the run `run_id`.

    `text` is for the group, `note` for its agent alone, `skus` are those that it names; `list_date` is YYYY-MM-DD.
    `message_id` follows from list date, group and run: made again, it is the same.
    """

    message_id: str
    list_date: str
    run_id: str
    agent_id: str
    group_id: str
    text: str
    note: str
    skus: tuple[SkuLine, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the message as values that JSON holds."""
        return {**vars(self), "skus": [vars(line) for line in self.skus]}


def message_of(content: Mapping[str, Any]) -> Message:
    """Return the message that `content`, values as `as_json` gives them, describes; raises KeyError and TypeError."""
    return Message(**{**content, "skus": tuple(SkuLine(**line) for line in content["skus"])})
