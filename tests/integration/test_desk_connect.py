"""The page on which an operator connects a platform's exports: sent, asked about, written, cleared."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from tests.support.desk import desk_place, post, signed_in, token
from tests.support.shapes import read_shapes, write_shape
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.audit import audit_lines
from xuanpin.pipelines.desk.people import Role
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.settings import Settings

PATH = "/connect"


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    """The files of a community buying system."""
    folder = tmp_path_factory.mktemp("exports")
    paths = [write_shape(shape, folder) for shape in read_shapes() if shape.shop == "community_buying"]
    return [(path.name, path.read_bytes()) for path in paths]


@pytest.fixture
def place(tmp_path: Path) -> DeskPlace:
    return desk_place(Home(tmp_path / "home"))


@pytest.fixture
def browser(place: DeskPlace) -> TestClient:
    return signed_in(place, "operator", "运营")


def send(browser: TestClient, *files: tuple[str, bytes], secret: str | None = None) -> httpx2.Response:
    """Send files as a browser does, by the form of the page."""
    content = [("files", (name, held)) for name, held in files]
    secret = token(browser.get(PATH)) if secret is None else secret
    answer: httpx2.Response = browser.post(f"{PATH}/files", data={"csrf": secret}, files=content)
    return answer


def test_exports_become_settings_that_a_night_would_take(
    place: DeskPlace, browser: TestClient, exports: list[tuple[str, bytes]]
) -> None:
    assert send(browser, *exports).status_code == 303
    seen = browser.get(PATH)
    assert seen.status_code == 200
    for name, _ in exports:
        assert name in seen.text
    assert re.search(r"<td>\S+ sku_id</td>", seen.text), "columns are told by their Chinese and our names"
    assert post(browser, f"{PATH}/proposals", PATH).status_code == 303
    assert "群聊都没有" in browser.get(PATH).text, "what is missing has its price"
    assert post(browser, f"{PATH}/settings", PATH).headers["location"] == f"{PATH}/settings"
    written = browser.get(f"{PATH}/settings")
    assert "夜间运行可以接收这些文件" in written.text and "[sources.tables.orders]" in written.text
    packed = browser.get(f"{PATH}/settings.zip")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert "xuanpin.toml" in archive.namelist()
    assert [line["action"] for line in audit_lines(place.home, 3)] == [
        "write settings", "answer about exports", "send exports",
    ]  # fmt: skip
    assert post(browser, f"{PATH}/clear", PATH).status_code == 303
    assert not place.home.connect.exists()
    assert browser.get(f"{PATH}/settings").status_code == 404


def test_nothing_is_written_while_a_question_is_open(
    place: DeskPlace, browser: TestClient, exports: list[tuple[str, bytes]]
) -> None:
    send(browser, *exports)
    refused = post(browser, f"{PATH}/settings", PATH)
    assert refused.status_code == 409 and "先回答" in refused.text
    assert not place.exports.written()
    strange = post(browser, f"{PATH}/answers", PATH, **{"key-1": "nobody asked this", "answer-1": "x"})
    assert strange.status_code in (303, 409) and not place.exports.written()


def test_an_answer_is_kept_and_can_be_changed(
    place: DeskPlace, browser: TestClient, exports: list[tuple[str, bytes]]
) -> None:
    send(browser, *exports)
    key, values = first_question(browser.get(PATH))
    for value in values[:2]:
        assert post(browser, f"{PATH}/answers", PATH, **{"key-1": key, "answer-1": value}).status_code == 303
        assert place.exports.answers() == {key: value}
    wrong = post(browser, f"{PATH}/answers", PATH, **{"key-1": key, "answer-1": "none of these"})
    assert wrong.status_code == 409 and place.exports.answers() == {key: values[1]}


def first_question(page: httpx2.Response) -> tuple[str, list[str]]:
    """The key of the first question, and the values of its choices."""
    key = re.search(r'name="key-1" value="([^"]*)"', page.text)
    choices = re.search(r'<select name="answer-1">(.*?)</select>', page.text, re.DOTALL)
    assert key and choices
    return key[1], [value for value in re.findall(r'value="([^"]*)"', choices[1]) if value]


@pytest.mark.parametrize(
    "name", ["..", ".hidden.csv", "~$orders.xlsx", "_marker", "a/..", "orders.csv.part", "x" * 300 + ".csv"]
)
def test_a_name_that_no_night_reads_is_refused(place: DeskPlace, browser: TestClient, name: str) -> None:
    answer = send(browser, (name, b"a,b\n1,2\n"))
    assert answer.status_code in (409, 422, 400)
    assert place.exports.files() == []


def test_a_path_in_a_name_leads_nowhere(place: DeskPlace, browser: TestClient) -> None:
    assert send(browser, ("../../reviews/x.csv", b"a\n1\n"), ("C:\\temp\\y.csv", b"a\n1\n")).status_code == 303
    assert [file.name for file in place.exports.files()] == ["x.csv", "y.csv"]
    assert not (place.home.reviews / "x.csv").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("<script>alert(1)</script>.csv", b"<img src=x onerror=alert(1)>,b\n1,2\n"),
        ("empty.csv", b""),
        ("noise.bin", bytes(range(256)) * 20),
        ("broken.xlsx", b"PK\x03\x04" + bytes(200)),
        ("broken.zip", b"PK\x05\x06" + bytes(18)),
    ],
)
def test_a_hostile_or_broken_file_is_told_and_breaks_no_page(browser: TestClient, name: str, content: bytes) -> None:
    assert send(browser, (name, content)).status_code == 303
    seen = browser.get(PATH)
    assert seen.status_code == 200
    assert "<script>alert" not in seen.text and "<img src=x" not in seen.text


def test_more_than_the_limit_is_refused_and_nobody_else_may_send_as_much(place: DeskPlace, tmp_path: Path) -> None:
    small = desk_place(Home(tmp_path / "small"), Settings(desk={"upload_megabytes": 1}))
    too_much = send(signed_in(small, "operator", "运营"), ("big.csv", b"a\n" * (1 << 20)))
    assert too_much.status_code == 413 and small.exports.files() == []
    viewer = signed_in(place, "viewer", "阅")
    assert viewer.get(PATH).status_code == 403
    assert send(viewer, ("big.csv", b"a\n" * (1 << 20)), secret="x").status_code == 413


@pytest.mark.parametrize("role", ["viewer", "merchandiser", "approver"])
def test_only_operators_connect(place: DeskPlace, role: Role) -> None:
    other = signed_in(place, role, "别人")
    assert other.get(PATH).status_code == 403
    assert send(other, ("a.csv", b"a\n1\n"), secret="x").status_code == 403
    assert place.exports.files() == []


def test_samples_are_masked(browser: TestClient, exports: list[tuple[str, bytes]]) -> None:
    send(browser, *exports)
    shape = next(shape for shape in read_shapes() if shape.shop == "community_buying" and shape.table == "orders")
    private = [
        at
        for at, header in enumerate(shape.headers)
        if {"customer_id", "customer_name"} & set(shape.truth.get(header, ()))
    ]
    values = {row[at] for row in shape.rows for at in private if len(row[at]) > 3}
    seen = browser.get(PATH).text
    assert values and not [value for value in values if value in seen]
