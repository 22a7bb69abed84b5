"""Connect: exports of any platform are sent, looked at, asked about, and the settings that read them written.

It is what `xuanpin connect` does, with a `person`, an operator, who answers on a page.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, HTTPException, Request, UploadFile
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from xuanpin.pipelines.connect.questions import Question
from xuanpin.pipelines.connect.samples import sample
from xuanpin.pipelines.connect.understanding import Understanding, checked, understand, write
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.desk.audit import audit
from xuanpin.pipelines.desk.page import notice, page, see_other
from xuanpin.pipelines.desk.people import Operator
from xuanpin.pipelines.desk.place import DeskPlace, Place
from xuanpin.pipelines.desk.texts import language_of
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.explained.check import check_text
from xuanpin.pipelines.typed.phrase import Language, in_language, phrase

router = APIRouter()
PAGE = "/connect"
_KEY, _ANSWER = "key-", "answer-"
"""Fields of the form: the key of each question by its number, and what was chosen."""


@router.get(PAGE)
def connect(request: Request, place: Place, person: Operator) -> HTMLResponse:
    """Show an operator (`person`) what was sent, what it is, what is asked and what is missing."""
    files = place.exports.files()
    language = language_of(request)
    values: dict[str, Any] = {"files": [(file.name, file.stat().st_size) for file in files], "found": None}
    if files:
        values["found"] = _found(place, language)
    return page(request, "connect.html.j2", **values)


@router.post(f"{PAGE}/files")
def send(
    request: Request, place: Place, person: Operator, files: Annotated[list[UploadFile] | None, File()] = None
) -> Response:
    """Keep the `files` that a `person` sends; raises UsageError where there is none or a name cannot be used."""
    sent = [(file.filename, file.file) for file in files or () if file.filename]
    if not sent:
        raise UsageError(phrase("no file was chosen; choose one or several exports first"))
    with place.deciding:
        names = place.exports.keep(sent)
        place.exports.answer({})
    audit(place, request, person, "send exports", str(len(names)))
    return _told(request, "connect_sent", n=len(names))


@router.post(f"{PAGE}/answers")
def answer(request: Request, place: Place, person: Operator) -> Response:
    """Keep the answers of a `person`; what was left open stays open. Raises UsageError for an answer to no question."""
    _require_files(place)
    answers = _answers(request.state.typed)
    with place.deciding:
        understand(place.exports.connection(), answers)
        place.exports.answer(answers)
    audit(place, request, person, "answer about exports", str(len(answers)))
    return _told(request, "connect_answered")


@router.post(f"{PAGE}/proposals")
def take_proposals(request: Request, place: Place, person: Operator) -> Response:
    """Answer for a `person` what is open by its proposal, leave out what has none, as `xuanpin connect --yes` does."""
    _require_files(place)
    with place.deciding:
        answers = place.exports.answers()
        taken = understand(place.exports.connection(), answers, is_trusting=True).taken
        place.exports.answer({**answers, **taken})
    audit(place, request, person, "answer about exports", str(len(taken)))
    return _told(request, "connect_answered")


@router.post(f"{PAGE}/settings")
def write_settings(request: Request, place: Place, person: Operator) -> Response:
    """Write settings and views for a `person`; raises UsageError while a question is open or orders are missing."""
    _require_files(place)
    with place.deciding:
        found = place.exports.connection()
        understanding = understand(found, place.exports.answers())
        if understanding.questions:
            raise UsageError(
                phrase("questions are open ({count}); answer them first", count=len(understanding.questions))
            )
        place.exports.clear_settings()
        write(found, understanding, place.exports.settings, language_of(request))
    audit(place, request, person, "write settings", "xuanpin.toml")
    return see_other(request, f"{PAGE}/settings")


@router.get(f"{PAGE}/settings")
def settings(request: Request, place: Place, person: Operator) -> HTMLResponse:
    """Show an operator (`person`) the settings that were written, and what a check of the exports by them says."""
    files = _require_settings(place)
    written = checked(place.exports.connection(), tuple(files), place.clock())
    texts = [(file.relative_to(place.exports.settings).as_posix(), file.read_text(encoding="utf-8")) for file in files]
    return page(
        request,
        "connect_settings.html.j2",
        texts=texts,
        check=in_language(check_text(list(written.found)), language_of(request)),
        is_ready=not any(entry.refusals for entry in written.found),
        as_of=written.as_of,
        key_variable=written.key_variable,
    )


@router.get(f"{PAGE}/settings.zip")
def download(place: Place, person: Operator) -> Response:
    """Return to an operator (`person`) the settings and views as one archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in _require_settings(place):
            archive.write(file, file.relative_to(place.exports.settings).as_posix())
    head = {"content-disposition": 'attachment; filename="xuanpin-settings.zip"'}
    return Response(packed.getvalue(), media_type="application/zip", headers=head)


@router.post(f"{PAGE}/clear")
def clear(request: Request, place: Place, person: Operator) -> Response:
    """Delete the exports, the answers and the settings for a `person`."""
    with place.deciding:
        place.exports.clear()
    audit(place, request, person, "clear exports", "")
    return _told(request, "connect_cleared")


def _told(request: Request, key: str, **values: Any) -> Response:
    response = see_other(request, PAGE)
    notice(response, key, **values)
    return response


def _require_files(place: DeskPlace) -> None:
    if not place.exports.files():
        raise UsageError(phrase("there are no exports; send some first"))


def _require_settings(place: DeskPlace) -> list[Path]:
    files = list(place.exports.written())
    if not files or not place.exports.files():
        raise HTTPException(404)
    return files


def _answers(typed: Mapping[str, str]) -> dict[str, str]:
    """Return what was chosen by the key of its question; nothing for a question without a choice."""
    numbers = [name.removeprefix(_KEY) for name in typed if name.startswith(_KEY)]
    chosen = {typed[_KEY + number]: typed.get(_ANSWER + number, "") for number in numbers}
    return {key: value for key, value in chosen.items() if value}


def _found(place: DeskPlace, language: Language) -> dict[str, Any]:
    """Return what the page shows of the exports, in words."""
    connection, answers = place.exports.connection(), place.exports.answers()
    understanding = understand(connection, answers)
    return {
        "unread": [(file.place, in_language(file.why, language)) for file in connection.unread],
        "groups": [_group(group.key, understanding, language) for group in connection.groups],
        "questions": [_question(question, answers, language) for question in understanding.asked.values()],
        "open": len(understanding.questions),
        "missing": [in_language(sentence, language) for sentence in understanding.missing.told],
        "refused": list(understanding.missing.refused),
        "is_written": bool(place.exports.written()),
    }


def _group(key: str, understanding: Understanding, language: Language) -> dict[str, Any]:
    plans = [plan for plan in understanding.plans if plan.group.key == key]
    columns = [
        {
            "header": header,
            "table": _title(plan.table, language),
            "column": _column(plan.table, column, language),
            "samples": " · ".join(sample(plan.group.export, header, column)),
        }
        for plan in plans
        for column, header in plan.headers.items()
    ]
    made = [
        (_column(plan.table, column, language), in_language(made.why, language))
        for plan in plans
        for column, made in plan.made.items()
    ]
    never = {header: in_language(why, language) for plan in plans for header, why in plan.group.finding.refused.items()}
    left_out = list(dict.fromkeys(name for plan in plans for name in plan.left_out))
    return {"file": key, "tables": [_title(plan.table, language) for plan in plans], "columns": columns, "made": made,
            "assumed": [in_language(said, language) for plan in plans for said in plan.assumed],
            "never": never, "left_out": left_out}  # fmt: skip


def _question(question: Question, answers: Mapping[str, str], language: Language) -> dict[str, Any]:
    return {
        "key": question.key,
        "text": in_language(question.text, language),
        "samples": " · ".join(question.samples),
        "choices": [(choice.value, in_language(choice.means, language)) for choice in question.choices],
        "chosen": answers.get(question.key) or question.proposal or "",
        "is_open": question.key not in answers,
    }


def _title(table: str, language: Language) -> str:
    return f"{load_contract(table).name_zh} {table}" if language == "zh" else table


def _column(table: str, column: str, language: Language) -> str:
    title = load_contract(table).column(column).title_zh
    return f"{title} {column}" if language == "zh" else column
