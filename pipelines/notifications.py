"""Sends a notice that something failed or is late: to a chat robot, by e-mail, or both, as settings say."""

from __future__ import annotations

import json
import logging
import smtplib
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from email.message import EmailMessage
from functools import partial
from http.client import HTTPException
from urllib.parse import unquote, urlsplit

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.settings.running import NotifySettings
from xuanpin.pipelines.typed.phrase import in_language, phrase

SMTP_PORTS = {"smtp": 587, "smtps": 465}
log = logging.getLogger("xuanpin")


def notify(settings: NotifySettings, subject: str, text: str, environment: Mapping[str, str]) -> None:
    """Send one notice by every way that is set; a way that does not work is logged and holds nothing up.

    `subject` and `text` are what a user may be shown, sent in the language that settings name where they are phrases;
    `environment` holds the variables that settings name. Raises UsageError when one of them is not set.
    """
    head, body = (in_language(part, settings.language) for part in (subject, text))
    for send in _ways(settings, head, body, environment):
        try:
            send()
        except (OSError, ValueError, HTTPException) as error:
            # The address may hold a secret, so only the kind of failure is logged.
            log.warning("notice not sent (%s): %s", type(error).__name__, subject)


def _ways(
    settings: NotifySettings, subject: str, text: str, environment: Mapping[str, str]
) -> Iterator[Callable[[], None]]:
    if settings.webhook_variable:
        address = _variable(environment, settings.webhook_variable)
        yield partial(_post, address, f"{subject}\n{text}", settings.timeout_seconds)
    if settings.email_to:
        yield partial(_mail, settings, _variable(environment, settings.smtp_variable), subject, text)


def _variable(environment: Mapping[str, str], name: str) -> str:
    if name not in environment:
        raise UsageError(
            phrase("environment variable {name} is not set; [notify] needs it where notices are sent", name=name)
        )
    return environment[name]


def _post(address: str, text: str, timeout: float) -> None:
    """Send the body that WeCom and DingTalk robots read."""
    if urlsplit(address).scheme not in ("http", "https"):
        # The library would open a file or another protocol, and send nothing.
        raise ValueError("no address of a chat robot")
    body = json.dumps({"msgtype": "text", "text": {"content": text}}, ensure_ascii=False).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json; charset=utf-8"})
    with urllib.request.urlopen(request, timeout=timeout):
        pass


def _mail(settings: NotifySettings, server: str, subject: str, text: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.email_from, ", ".join(settings.email_to), subject
    message.set_content(text)
    place = urlsplit(server)
    kind = smtplib.SMTP_SSL if place.scheme == "smtps" else smtplib.SMTP
    port = place.port or SMTP_PORTS.get(place.scheme, SMTP_PORTS["smtp"])
    with kind(place.hostname or "localhost", port, timeout=settings.timeout_seconds) as smtp:
        if place.username:
            if place.scheme == "smtp":
                smtp.starttls()
            smtp.login(unquote(place.username), unquote(place.password or ""))
        smtp.send_message(message)
