"""WeCom's interface of mass messages to customer groups: paths, requests, error codes and results.

`add_msg_template` makes a task; nothing is sent until the group's owner taps. Read in WeCom's developer documents:
92135 (making a task: sender, text of 4,000 bytes, nine attachments, up to 2,000 groups), 93338 (tasks and results) and
90455 (return codes; -1 is to be tried again three times at most). Codes of tasks, 41046 to 41048, as public SDKs list
them, such as WxJava's WxCpErrorMsgEnum and its likes in Go and Python. For groups, results name what was sent; what is
not in them has not been sent yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xuanpin.pipelines.outbox.message import Message
from xuanpin.pipelines.typed.phrase import Phrase, as_is, phrase

ADD_TASK = "cgi-bin/externalcontact/add_msg_template"
LIST_TASKS = "cgi-bin/externalcontact/get_groupmsg_list_v2"
TASK_RESULT = "cgi-bin/externalcontact/get_groupmsg_send_result"
STOP_TASK = "cgi-bin/externalcontact/cancel_groupmsg_send"

OK = 0
BUSY = {
    -1: phrase("WeCom is busy"),
    45009: phrase("too many calls"),
    45033: phrase("too many calls at the same time"),
}
"""Codes of calls that were not carried out and may be made again after a while."""
NO_ACCESS = {
    40001: phrase("the secret is not valid"),
    40013: phrase("the company's id is not valid"),
    40014: phrase("the access token is not valid"),
    41001: phrase("the access token is missing"),
    42001: phrase("the access token has expired"),
    48002: phrase("the interface is not allowed to this application"),
    50003: phrase("the application is disabled"),
    60020: phrase("the address of the caller is not allowed"),
}
"""Codes that every message would get: the gateway has to be put right first."""
REFUSED = {
    40003: phrase("no such sender"),
    40050: phrase("no such group"),
    40058: phrase("a parameter is not valid"),
    40063: phrase("a parameter is missing"),
    41047: phrase("no such task"),
    41048: phrase("no group that may get a message now"),
    44004: phrase("the text is empty"),
    45002: phrase("the text is too long"),
    60111: phrase("no such sender"),
    81013: phrase("the sender is not allowed to this application"),
}
"""Codes of one message; a task was not made. Codes that are not listed are treated alike."""
NOT_LISTED = phrase("the group is in the list of those that cannot get it")
SENT = 1
NOT_SENT = {2: phrase("not a friend"), 3: phrase("the group has had its messages of the day")}
"""Results of sending that are final; 0, or no result, is not sent yet."""
LONGEST_URL = 2_048
"""Bytes of an attachment's address."""


def task_body(message: Message) -> dict[str, Any]:
    """Return the request that makes a task of a `message`: its agent is asked to send the text and the pages."""
    body: dict[str, Any] = {
        "chat_type": "group",
        "chat_id_list": [message.group_id],
        "sender": message.agent_id,
        "allow_select": False,
        "text": {"content": message.text},
    }
    pages = [
        {"msgtype": "link", "link": {"title": line.title, "url": line.page_url}}
        for line in message.skus
        if line.page_url is not None and len(line.page_url.encode()) <= LONGEST_URL
    ]
    return body | ({"attachments": pages} if pages else {})


def meaning(code: int) -> Phrase:
    """Return an error `code` of WeCom with what it means."""
    known = BUSY | NO_ACCESS | REFUSED
    return phrase("{code} ({meaning})", code=code, meaning=known[code]) if code in known else as_is(code)


def final_result(rows: list[Mapping[str, Any]], group_id: str) -> int | None:
    """Return the status of the group `group_id` among the `rows` of a task's results; None where it is not sent yet."""
    found = [row.get("status") for row in rows if row.get("chat_id") == group_id]
    return next((status for status in found if status == SENT or status in NOT_SENT), None)
