"""The ways by which a message goes: robots of WeCom and DingTalk, a system of the deployment's own, e-mail.

Each takes the events of one message and raises NotSent where it was not taken. How robots are addressed and signed is
in the platforms' documents: WeCom's "group robot" (path 91770) and DingTalk's "custom robot" with its signature.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Literal
from urllib.parse import quote_plus, unquote, urlsplit

from xuanpin.pipelines.delivery.messages.event import Event, body_of, message_id, worst
from xuanpin.pipelines.delivery.messages.posting import NotSent, post, require_taken
from xuanpin.pipelines.delivery.messages.words import markdown, plain, subject_of, text_of
from xuanpin.pipelines.typed.phrase import Language

SMTP_PORTS = {"smtp": 587, "smtps": 465}
Events = Sequence[Event]


@dataclass(frozen=True)
class Way:
    """How one channel is reached.

    `kind`: a channel's, or `text` for a robot of either platform; `address` and `secret` as the environment has them;
    `language` of what people read; `to` and `sender` of e-mails; `timeout` in seconds.
    """

    kind: Literal["wecom", "dingtalk", "json", "email", "text"]
    address: str
    secret: str | None
    language: Language
    timeout: float
    to: tuple[str, ...] = ()
    sender: str = ""

    def send(self, events: Events, now: datetime) -> None:
        """Send one message on `events`, at least one, at `now`; raise NotSent where it was not taken."""
        {
            "wecom": self._to_wecom,
            "dingtalk": self._to_dingtalk,
            "json": self._to_system,
            "email": self._by_mail,
            "text": self._to_any_robot,
        }[self.kind](events, now)

    def _to_wecom(self, events: Events, now: datetime) -> None:
        content = markdown(events, self.language, has_colours=True)
        require_taken(self._post(self.address, {"msgtype": "markdown", "markdown": {"content": content}}))

    def _to_dingtalk(self, events: Events, now: datetime) -> None:
        text = {
            "title": subject_of(events, self.language),
            "text": markdown(events, self.language, has_colours=False),
        }
        address = self.address if self.secret is None else signed_address(self.address, self.secret, now)
        require_taken(self._post(address, {"msgtype": "markdown", "markdown": text}))

    def _to_any_robot(self, events: Events, now: datetime) -> None:
        body = {"msgtype": "text", "text": {"content": plain(events, self.language)}}
        require_taken(self._post(self.address, body), is_certain=False)

    def _to_system(self, events: Events, now: datetime) -> None:
        content = _encoded(body_of(events))
        stamp = str(int(now.timestamp()))
        headers = {"X-Xuanpin-Event-Id": message_id(events), "X-Xuanpin-Timestamp": stamp}
        if self.secret is not None:
            headers["X-Xuanpin-Signature"] = f"sha256={signature(self.secret, stamp, content)}"
        post(self.address, content, headers, self.timeout)

    def _by_mail(self, events: Events, now: datetime) -> None:
        try:
            _deliver_mail(self.address, self._mail(events, now), self.timeout)
        except (OSError, ValueError) as error:
            raise NotSent(type(error).__name__) from None

    def _mail(self, events: Events, now: datetime) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"] = self.sender, ", ".join(self.to)
        mail["Subject"] = " ".join(subject_of(events, self.language).splitlines())
        mail["Date"] = format_datetime(now)
        # A mail that is sent a second time has the same id, by which mail programs show it once.
        mail["Message-ID"] = f"<{message_id(events)}@{self.sender.rpartition('@')[2] or 'xuanpin'}>"
        if worst(events) == "critical":
            mail["Importance"] = "high"
        mail.set_content(text_of(events, self.language))
        return mail

    def _post(self, address: str, body: Mapping[str, Any]) -> bytes:
        return post(address, _encoded(body), {}, self.timeout)


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Return the signature of a `json` message, hexadecimal: HMAC-SHA256 by `secret` over `stamp`, a dot and `body`."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def signed_address(address: str, secret: str, now: datetime) -> str:
    """Return the `address` of a DingTalk robot with its signature by `secret`, good for an hour from `now`."""
    stamp = str(int(now.timestamp() * 1_000))
    made = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return f"{address}&timestamp={stamp}&sign={quote_plus(base64.b64encode(made))}"


def _encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _deliver_mail(server: str, mail: EmailMessage, timeout: float) -> None:
    place = urlsplit(server)
    kind = smtplib.SMTP_SSL if place.scheme == "smtps" else smtplib.SMTP
    port = place.port or SMTP_PORTS.get(place.scheme, SMTP_PORTS["smtp"])
    with kind(place.hostname or "localhost", port, timeout=timeout) as smtp:
        if place.username:
            if place.scheme == "smtp":
                smtp.starttls()
            smtp.login(unquote(place.username), unquote(place.password or ""))
        smtp.send_message(mail)
