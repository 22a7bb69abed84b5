"""The platform's gateway to WeCom: it adds the access token, which this program never holds.

A request goes as JSON to the gateway's address and WeCom's own path. Busy answers and an address that cannot be reached
are tried again, three times; an answer that does not come leaves open whether the request was carried out, and is never
tried again by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from xuanpin.pipelines.errors import UsageError, XuanpinError
from xuanpin.pipelines.outbox import wecom
from xuanpin.pipelines.outbox.message import Message
from xuanpin.pipelines.settings.outbox import OutboxSettings
from xuanpin.pipelines.typed.phrase import phrase

PAUSES = (1, 2, 4)
"""Waits before a busy gateway is asked again, in units of `[outbox] retry_seconds`; WeCom advises three at most."""
PAGE = 100
"""Rows of an answer that WeCom gives in pages; the most that it gives of tasks."""
UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""What stopped a request before any of it was sent."""
_TOO_MANY, _FAULTY, _MOVED = 429, 500, 300
"""HTTP: too many requests; from here on the server failed; from here on the address is not one of a gateway."""
Answer = Mapping[str, Any]


class GatewayFailed(XuanpinError):
    """The gateway cannot be used now; what was asked for last was not carried out."""


class TaskRefused(Exception):
    """WeCom made no task of this message; the text says why."""


class NoAnswer(Exception):
    """No usable answer came; whether the request was carried out is not known. The text says what came."""


class Gateway:
    """Calls the gateway that settings name; `environment` holds its key, `sleep` waits so many seconds.

    Raises UsageError where no gateway is set, or its key is not in the environment.
    """

    def __init__(
        self, settings: OutboxSettings, environment: Mapping[str, str], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        if settings.gateway is None:
            raise UsageError(
                phrase(
                    "no gateway is set; name the platform's gateway to WeCom as [outbox] gateway, or write files "
                    "with `xuanpin outbox --format csv`"
                )
            )
        self._pause, self._sleep = settings.retry_seconds, sleep
        # A transport of its own: no proxy of the environment reads what is sent.
        self._client = httpx.Client(
            base_url=settings.gateway,
            headers=_key(settings, environment),
            timeout=settings.timeout_seconds,
            transport=httpx.HTTPTransport(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def add_task(self, message: Message) -> str:
        """Make a task of a `message` and return its id.

        Raises TaskRefused, NoAnswer, and GatewayFailed where no other message would be taken either.
        """
        answer = self._call(wecom.ADD_TASK, wecom.task_body(message))
        if message.group_id in (answer.get("fail_list") or []):
            raise TaskRefused(wecom.NOT_LISTED)
        task_id = answer.get("msgid")
        if not isinstance(task_id, str) or not task_id:
            raise NoAnswer(phrase("an answer without the id of the task"))
        return task_id

    def tasks(self, since: int, until: int) -> Iterator[tuple[str, str]]:
        """Yield id and text of each task for groups that was made from `since` to `until`, in epoch seconds."""
        body = {"chat_type": "group", "start_time": since, "end_time": until, "filter_type": 0}
        for row in self._pages(wecom.LIST_TASKS, body, "group_msg_list"):
            text = row.get("text")
            yield str(row.get("msgid", "")), str(text.get("content", "")) if isinstance(text, dict) else ""

    def result(self, task_id: str, sender: str, group_id: str) -> int | None:
        """Return what became of the task `task_id` of the agent `sender` for the group `group_id`.

        It is one of wecom.SENT and wecom.NOT_SENT, None where it is not sent yet; raises what `add_task` raises.
        """
        rows = list(self._pages(wecom.TASK_RESULT, {"msgid": task_id, "userid": sender}, "send_list"))
        return wecom.final_result(rows, group_id)

    def stop_task(self, task_id: str) -> None:
        """Take back the task `task_id`, which its agent has not sent; raises what `add_task` raises."""
        self._call(wecom.STOP_TASK, {"msgid": task_id})

    def _pages(self, path: str, body: Mapping[str, Any], rows: str) -> Iterator[Answer]:
        cursor, seen = "", set[str]()
        while cursor not in seen:
            seen.add(cursor)
            answer = self._call(path, {**body, "limit": PAGE, "cursor": cursor})
            found = answer.get(rows) or []
            if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
                raise NoAnswer(phrase("an answer whose {rows} is no list of objects", rows=rows))
            yield from found
            cursor = str(answer.get("next_cursor") or "")

    def _call(self, path: str, body: Mapping[str, Any]) -> Answer:
        trouble = ""
        for pause in (0, *PAUSES):
            self._sleep(pause * self._pause)
            answer = self._post(path, body)
            if isinstance(answer, str):
                trouble = answer
                continue
            code = answer["errcode"]
            if code not in wecom.BUSY:
                return _carried_out(code, answer)
            trouble = phrase("the gateway answers {meaning}", meaning=wecom.meaning(code))
        raise GatewayFailed(
            phrase(
                "{trouble}, after {count} tries; run the command again later", trouble=trouble, count=len(PAUSES) + 1
            )
        )

    def _post(self, path: str, body: Mapping[str, Any]) -> Answer | str:
        """Return the answer; a text where the request was surely not carried out and may be made again."""
        try:
            response = self._client.post(path, json=body)
        except UNREACHED as error:
            return phrase("the gateway cannot be reached ({reason})", reason=type(error).__name__)
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from error
        if response.status_code == _TOO_MANY:
            return phrase("the gateway answers HTTP {status}", status=_TOO_MANY)
        return _answer(response)


def _key(settings: OutboxSettings, environment: Mapping[str, str]) -> dict[str, str]:
    name = settings.gateway_key_variable
    if name is None:
        return {}
    if name not in environment:
        raise UsageError(
            phrase("environment variable {name} is not set; [outbox] gateway_key_variable names it", name=name)
        )
    return {"Authorization": f"Bearer {environment[name]}"}


def _answer(response: httpx.Response) -> Answer:
    status = response.status_code
    if _MOVED <= status < _FAULTY:
        raise GatewayFailed(
            phrase(
                "the gateway answers HTTP {status}; check [outbox] gateway and the key that gateway_key_variable names",
                status=status,
            )
        )
    if status >= _FAULTY:
        raise NoAnswer(phrase("HTTP {status}", status=status))
    try:
        content = response.json()
    except ValueError as error:
        raise NoAnswer(phrase("an answer that is no JSON")) from error
    if not isinstance(content, dict) or type(content.get("errcode")) is not int:
        raise NoAnswer(phrase("an answer without an errcode"))
    return content


def _carried_out(code: int, answer: Answer) -> Answer:
    """Return an answer that says so; raise what another code means."""
    if code in wecom.NO_ACCESS:
        raise GatewayFailed(
            phrase(
                "the gateway has no access to WeCom: it answers {meaning}; put the gateway right, then run the "
                "command again",
                meaning=wecom.meaning(code),
            )
        )
    if code != wecom.OK:
        raise TaskRefused(wecom.meaning(code))
    return answer
