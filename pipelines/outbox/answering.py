"""Takes an agent's answer by the code that her note gave her."""

from __future__ import annotations

from datetime import date

from xuanpin.pipelines.answers import Answer, store_answers
from xuanpin.pipelines.answers.sheet import code_meant
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.outbox.codes import typed_code
from xuanpin.pipelines.outbox.ledger import ledgers
from xuanpin.pipelines.outbox.message import Message, SkuLine
from xuanpin.pipelines.typed.phrase import phrase


def answer_by_code(night: Night, code: str, answer: str, reason: str | None, comment: str | None) -> Answer:
    """Store what an agent says to the SKU with this `code`, and return it as it was understood.

    `answer` and `reason` are codes or Chinese labels of match_answers; `comment` is stored without personal data.
    Raises UsageError for a code that no message holds, and where the answer does not fit.
    """
    message, line = _coded(night.home, code)
    said = Answer(
        place=f"code {line.code}",
        list_date=date.fromisoformat(message.list_date),
        agent_id=message.agent_id,
        sku_id=line.sku_id,
        answer=code_meant("answer", answer),
        reason_code=None if reason is None else code_meant("reason_code", reason),
        comment=comment,
    )
    store_answers(night, [said])
    return said


def _coded(home: Home, code: str) -> tuple[Message, SkuLine]:
    typed = typed_code(code)
    found = (
        (message, line)
        for ledger in ledgers(home)
        for message in ledger.messages(lambda event: any(line["code"] == typed for line in event["message"]["skus"]))
        for line in message.skus
        if line.code == typed
    )
    match = next(found, None)
    if match is None:
        raise UsageError(
            phrase("no message holds the code {code!r}; type it as it stands in the agent's note", code=code[:20])
        )
    return match
