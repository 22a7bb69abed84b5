"""Settings of news and notices: which channels there are, where their addresses and secrets are, what each is sent."""

from __future__ import annotations

import re
from typing import Literal, get_args

from pydantic import Field, field_validator, model_validator

from xuanpin.pipelines.settings.section import Section
from xuanpin.pipelines.typed.phrase import phrase

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
"""From the least to the worst."""
NoticeKind = Literal["held", "failed", "late", "missing_source", "danger", "trial_stopped", "not_level"]
MessageKind = Literal["published", "approved", "recalled", "fallback", "withdrawn", "pending", "rejected", NoticeKind]
NOTICES: tuple[NoticeKind, ...] = get_args(NoticeKind)
"""What `webhook_variable` and `email_to` are sent: that something needs a person, never that a list is out."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class NotifyChannel(Section):
    """One way to tell people or systems of lists and of trouble, under a name of your own, such as `merchandisers`."""

    kind: Literal["wecom", "dingtalk", "json", "email"] = Field(
        "wecom",
        description="`wecom` or `dingtalk` for a robot in a group of theirs, `json` for a system of your own, `email`",
    )
    address_variable: str | None = Field(
        None,
        description="environment variable that holds the address to post to; of e-mail that of the mail server, "
        "`smtp_variable` if unset",
    )
    secret_variable: str | None = Field(
        None,
        description="environment variable that holds the secret that messages are signed with: of a DingTalk robot, "
        "or of your own system (`json`)",
    )
    to: tuple[str, ...] = Field((), description="addresses that get the e-mails")
    events: tuple[MessageKind, ...] = Field((), description="kinds of messages that are sent; all if empty")
    least_severity: Severity = Field("info", description="least severity that is sent: info, warning or critical")
    language: Literal["zh", "en"] | None = Field(
        None, description="language of its messages; that of `[notify]` if unset. A `json` body has both"
    )

    @model_validator(mode="after")
    def _has_where_to(self) -> NotifyChannel:
        if self.kind == "email" and not self.to:
            raise ValueError(phrase('write who gets the e-mails, such as to = ["list@shop.example"]'))
        if self.kind != "email" and self.address_variable is None:
            raise ValueError(phrase("write the environment variable that holds its address as address_variable"))
        return self


class NotifySettings(Section):
    """Who is told of lists and of trouble; nobody unless a channel is set."""

    webhook_variable: str | None = Field(
        None,
        description="environment variable that holds the address of a chat robot (WeCom, DingTalk and the like) which "
        "gets notices of trouble; a channel is sent new lists too",
    )
    email_to: tuple[str, ...] = Field((), description="addresses that get an e-mail of trouble")
    email_from: str = Field("xuanpin@localhost", description="sender of the e-mails")
    smtp_variable: str = Field(
        "XUANPIN_SMTP_URI", description="environment variable that holds smtp://user:password@host:port, or smtps://"
    )
    timeout_seconds: float = Field(10.0, gt=0, description="seconds after which sending a message is given up")
    give_up_days: int = Field(
        7, ge=1, description="days after which a message that could not be sent is set aside and no longer tried"
    )
    language: Literal["zh", "en"] = Field("en", description="language of messages and of the review page in Airflow")
    channels: dict[str, NotifyChannel] = Field({}, description="channels by name, each with a section of its own")

    @field_validator("channels")
    @classmethod
    def _plain_names(cls, channels: dict[str, NotifyChannel]) -> dict[str, NotifyChannel]:
        if not all(_NAME.fullmatch(name) for name in channels):
            raise ValueError(phrase("name channels with lower-case letters, digits and hyphens"))
        return channels
