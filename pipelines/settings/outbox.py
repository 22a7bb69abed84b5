"""Settings of the outbox: how long a message may be, and where it is handed over."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from xuanpin.pipelines.settings.section import Section
from xuanpin.pipelines.typed.phrase import phrase

_WEB = re.compile(r"https?://[!-~]+", re.IGNORECASE)


class OutboxSettings(Section):
    """What a messenger gets for each group, and the platform's own gateway that hands it to WeCom.

    The limits are those of WeCom as they are known; they change.
    """

    most_skus: int = Field(9, ge=1, le=9, description="SKUs of a message at most; WeCom takes nine attachments")
    title_characters: int = Field(30, ge=8, le=32, description="characters of a SKU's title; the rest is cut")
    text_characters: int = Field(
        1_000, ge=200, description="characters of a message's text; what is beyond is left out"
    )
    text_bytes: int = Field(4_000, ge=800, description="bytes of a message's text in UTF-8")
    language: Literal["zh", "en"] = Field("zh", description="language of the messages")
    answer_url: str | None = Field(
        None, description="address at which an agent answers, with {code} where the code of a match belongs"
    )
    gateway: str | None = Field(
        None,
        description="address of the platform's gateway to WeCom, which adds the access token; https, or http on this "
        "machine",
    )
    gateway_key_variable: str | None = Field(
        None, description="environment variable that holds the key by which the gateway knows this program"
    )
    timeout_seconds: float = Field(10.0, gt=0, description="seconds after which an answer of the gateway is given up")
    retry_seconds: float = Field(
        2.0, ge=0, description="seconds before a busy gateway is asked again; doubled each time, three times at most"
    )
    settle_minutes: int = Field(
        10,
        ge=1,
        description="minutes after which a task that WeCom does not list was not made, where its answer never came",
    )

    @field_validator("answer_url")
    @classmethod
    def _names_the_code(cls, address: str | None) -> str | None:
        if address is not None and (address.count("{code}") != 1 or _braces(address) != 2 or not is_web(address)):
            raise ValueError(
                phrase("write an address with {{code}} in it once, such as https://shop.example/answer/{{code}}")
            )
        return address

    @field_validator("gateway")
    @classmethod
    def _keeps_what_is_sent_to_itself(cls, address: str | None) -> str | None:
        if address is not None and not is_safe(address):
            raise ValueError(phrase("write an https address; http is for 127.0.0.1, ::1 and localhost alone"))
        return address


def _braces(text: str) -> int:
    return text.count("{") + text.count("}")


def is_web(address: str) -> bool:
    """Whether `address` is one of a page: http or https, a host, and nothing that would end it in a text."""
    return _WEB.fullmatch(address) is not None and bool(urlsplit(address).hostname)


def is_safe(address: str) -> bool:
    """Whether what is sent to `address` cannot be read on the way: https, or http within this machine."""
    parts = urlsplit(address)
    return is_web(address) and (parts.scheme == "https" or parts.hostname in ("127.0.0.1", "::1", "localhost"))
