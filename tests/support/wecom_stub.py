"""WeCom behind a platform's gateway, on this machine: tasks for groups, with its limits, error codes and results."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = dict[str, Any]
DONE: Answer = {"errcode": 0, "errmsg": "ok"}
TEXT_BYTES, ATTACHMENTS = 4_000, 9
"""Limits of a mass message."""


@dataclass
class Task:
    """A mass message that waits for its sender; `status` as in get_groupmsg_send_result."""

    task_id: str
    sender: str
    group_id: str
    text: str
    status: int = 0
    is_stopped: bool = False


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next request: a `code`, an HTTP status, silence, a body that is no answer, a lost line.

    `is_done`: it is carried out nevertheless.
    """

    code: int | None = None
    http: int | None = None
    seconds: float = 0.0
    body: bytes | None = None
    is_cut: bool = False
    is_done: bool = False


@dataclass
class Stub:
    """What the interface has seen and knows: `requests` as (path, headers, bytes), `tasks`, groups it does not know."""

    address: str = ""
    requests: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    unknown_groups: set[str] = field(default_factory=set)
    page: int = 2
    """Rows of an answer: few, so that every list has pages."""

    def made(self) -> list[str]:
        """The groups for which tasks stand, in the order in which they were made."""
        return [task.group_id for task in self.tasks if not task.is_stopped]

    def answer(self, path: str, body: Answer) -> Answer:
        """Carry out one request."""
        ways = {
            "add_msg_template": self._add,
            "get_groupmsg_list_v2": self._list,
            "get_groupmsg_send_result": self._results,
            "cancel_groupmsg_send": self._stop,
        }
        return ways[path.rsplit("/", 1)[1]](body)

    def _add(self, body: Answer) -> Answer:
        refusal = _refusal(body)
        if refusal:
            return {"errcode": refusal, "errmsg": "refused"}
        (group,) = body["chat_id_list"]
        if group in self.unknown_groups:
            return DONE | {"fail_list": [group], "msgid": ""}
        if group in self.made():
            return {"errcode": 41048, "errmsg": "no customer to send"}
        task = Task(f"msg{len(self.tasks)}", body["sender"], group, body["text"]["content"])
        self.tasks.append(task)
        return DONE | {"fail_list": [], "msgid": task.task_id}

    def _list(self, body: Answer) -> Answer:
        assert body["chat_type"] == "group" and 0 < body["end_time"] - body["start_time"] < 31 * 86_400
        return self._paged(
            body, "group_msg_list", [{"msgid": task.task_id, "text": {"content": task.text}} for task in self.tasks]
        )

    def _results(self, body: Answer) -> Answer:
        found = [task for task in self.tasks if task.task_id == body["msgid"]]
        if not found:
            return {"errcode": 41047, "errmsg": "invalid msgid"}
        # What a group has not got yet is not among the results.
        rows = [
            {"chat_id": task.group_id, "userid": task.sender, "status": task.status} for task in found if task.status
        ]
        assert all(task.sender == body["userid"] for task in found)
        return self._paged(body, "send_list", [{"chat_id": "another", "userid": "x", "status": 1}] * 2 + rows)

    def _paged(self, body: Answer, name: str, rows: list[Answer]) -> Answer:
        start = int(body["cursor"] or 0)
        end = start + self.page
        return DONE | {name: rows[start:end], "next_cursor": str(end) if end < len(rows) else ""}

    def _stop(self, body: Answer) -> Answer:
        for task in self.tasks:
            if task.task_id == body["msgid"] and not task.status:
                task.is_stopped = True
        return DONE


def _refusal(body: Answer) -> int:
    """The error code of a request that breaks a limit, 0 for none."""
    text = body.get("text", {}).get("content", "")
    if body.get("chat_type") != "group" or len(body.get("attachments", [])) > ATTACHMENTS:
        return 40058
    if not body.get("sender") or not body.get("chat_id_list"):
        return 40063
    return 44004 if not text else 45002 if len(text.encode()) > TEXT_BYTES else 0


class _Handler(BaseHTTPRequestHandler):
    stub: Stub

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.stub.requests.append((self.path, dict(self.headers), content))
        fault = self.stub.faults.popleft() if self.stub.faults else Fault(is_done=True)
        answer = self.stub.answer(self.path, json.loads(content)) if fault.is_done else DONE
        time.sleep(fault.seconds)
        if fault.is_cut:
            self.close_connection = True
            return
        if fault.code is not None:
            answer = {"errcode": fault.code, "errmsg": "fault"}
        body = json.dumps(answer).encode() if fault.body is None else fault.body
        self.send_response(fault.http or 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def wecom() -> Iterator[Stub]:
    """Serve the interface on a port of this machine for as long as the block lasts."""
    stub = Stub()
    handler = type("Handler", (_Handler,), {"stub": stub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        stub.address = f"http://127.0.0.1:{server.server_address[1]}/wecom"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield stub
        server.shutdown()
        thread.join()
