"""Documents do not lie: every command and query in them runs, every command is told of, every page is current."""

import re
import shlex
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from tests.conftest import Platform
from xuanpin.pipelines import run_store
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import NothingPublished
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings.chinese import chinese_settings

ROOT = Path(__file__).resolve().parents[2]
TRANSLATED = {
    "README.zh.md": "README.md",
    "docs/zh/first-steps.md": "docs/first-steps.md",
    "docs/zh/merchandiser.md": "docs/merchandiser.md",
    "docs/zh/agent-operations.md": "docs/agent-operations.md",
    "docs/zh/settings.md": "docs/settings.md",
    "docs/zh/export-shapes.md": "docs/export-shapes.md",
    "docs/zh/forms.md": "docs/forms.md",
}
"""Chinese pages by the English ones that have the same commands, which are run once."""
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "zh").glob("*.md")),
]
# Set-up and whole-suite commands, which continuous integration runs itself.
RUN_BY_CI = {"make demo", "make test", "make check", "make spark-demo"}
ANSWERS = ("review", "approve", "reject", "cutoff")
SETTINGS = '[desk]\naddress = "http://localhost:8090"\n'
"""What a command needs that names a settings file."""
# Verbs that change a home or write files beside it.
WRITING = (
    *ANSWERS,
    "nightly",
    "label",
    "learn",
    "data-docs",
    "recall",
    "unpublish",
    "tidy",
    "forget",
    "pin",
    "ban",
    "clear-danger",
    "swap",
    "overrides",
    "answers",
    "outbox",
    "migrate",
    "users",
    "links",
    "desk",
)


def blocks(language: str) -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for body in re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
            found.append((page.relative_to(ROOT).as_posix(), body))
    return found


def run_xuanpin(line: str) -> None:
    """Run a command in this process; a process of its own for each would import everything anew."""
    said = CliRunner().invoke(app, shlex.split(line)[1:])
    # A list that was kept is an outcome, not a failure; the command line leaves with 6.
    is_kept = isinstance(said.exception, NothingPublished)
    assert said.exit_code == 0 or is_kept, f"{line}: {said.output} {said.exception}"


def let_wait(home: Home) -> None:
    """Make the latest list one that waits for approval."""
    run = run_store.require_run(home)
    run_store.await_review(home, sealing.set_state(home, run, "pending", None))
    (home.list_dir(date.fromisoformat(run.list_date)) / "current.json").unlink()
    (home.published / "current.json").unlink()
    run_store.point_to(home, run_store.current_runs(home)[-1])


def commands_of(page: str) -> list[str]:
    """The commands of a page from top to bottom."""
    return [line.strip() for name, body in blocks("sh") if name == page for line in body.splitlines() if line.strip()]


def commands() -> list[tuple[str, str]]:
    """Page and command, each command once: what stands on several pages is run for the first of them."""
    first: dict[str, str] = {}
    for page in (page.relative_to(ROOT).as_posix() for page in PAGES):
        for line in commands_of(page) if page not in TRANSLATED else ():
            first.setdefault(line, page)
    return sorted((page, line) for line, page in first.items())


def test_every_chinese_page_names_its_english_one_and_has_its_commands() -> None:
    chinese = {page.relative_to(ROOT).as_posix() for page in PAGES if page.parent.name == "zh"}
    assert chinese | {"README.zh.md"} == TRANSLATED.keys()
    for page, english in TRANSLATED.items():
        assert commands_of(page) == commands_of(english), f"{page} and {english} have other commands"
        for one, other in ((page, english), (english, page)):
            head = "\n".join((ROOT / one).read_text(encoding="utf-8").splitlines()[:4])
            targets = re.findall(r"^\*\[.+\]\((.+)\)\*$", head, re.M)
            assert [(ROOT / one).parent.joinpath(target).resolve() for target in targets] == [ROOT / other], one


WORDS = {"recalled", "Show all"}
"""What is code on an English page and a word in Chinese."""


def outline(page: str) -> tuple[list[str], int, set[str]]:
    """Levels of the headings, number of pictures and what is written as code on a page, without its commands."""
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.S)
    return re.findall(r"^#+", text, re.M), text.count("!["), set(re.findall(r"`([^`\n]+)`", text)) - WORDS


@pytest.mark.parametrize("page", [page for page in TRANSLATED if "settings" not in page])
def test_a_chinese_page_has_the_sections_pictures_and_names_of_its_english_one(page: str) -> None:
    assert outline(page) == outline(TRANSLATED[page])


def test_there_is_something_to_hold_the_documents_to() -> None:
    assert len(commands()) >= 10
    assert blocks("sql")


@pytest.mark.parametrize(("page", "line"), [pair for pair in commands() if not pair[1].startswith("xuanpin")])
def test_other_commands_are_what_continuous_integration_runs(page: str, line: str) -> None:
    assert line in RUN_BY_CI, f"{page}: `{line}` is run by no test"
    if line != "make demo":
        run = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
        assert line.split()[1] in {word for made in run if made.startswith("make ") for word in made.split()}
    assert f"{line.removeprefix('make ')}:" in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize(("page", "line"), [pair for pair in commands() if pair[1].startswith("xuanpin")])
def test_every_xuanpin_command_runs(page: str, line: str, published: Home, platform: Platform, tmp_path: Path) -> None:
    run = run_store.require_run(published)
    sku = run_store.read_table(published, run, "sku_list")["sku_id"][0].as_py()
    agent = run_store.read_table(published, run, "agent_summary")["agent_id"][0].as_py()
    (tmp_path / "xuanpin.toml").write_text(SETTINGS, encoding="utf-8")
    verb = line.split()[1]
    writes = verb in WRITING
    if writes:
        shutil.copytree(published.root, tmp_path / "home")
    if verb in ("label", "overrides", "answers"):
        run_xuanpin(f"xuanpin {verb} export {tmp_path}/{verb}.xlsx --home {tmp_path}/home")
    if verb in ANSWERS:
        let_wait(Home(tmp_path / "home"))
    replaced = {
        "connect DIR": f"connect {platform.sources} --to {tmp_path / 'connected'}",
        ".demo/sources": platform.sources,
        "--sources DIR": f"--sources {platform.sources}",
        "--home DIR": f"--home {tmp_path / 'home'}",
        "--home .demo": f"--home {tmp_path / 'home' if writes else published.root}",
        "--config xuanpin.toml": f"--config {tmp_path / 'xuanpin.toml'}",
        "--write shorter.toml": f"--write {tmp_path / 'shorter.toml'}",
        "links.csv": tmp_path / "links.csv",
        "labels.xlsx": tmp_path / "label.xlsx",
        "overrides.xlsx": tmp_path / "overrides.xlsx",
        "answers.xlsx": tmp_path / "answers.xlsx",
        "data-docs checks": f"data-docs {tmp_path / 'checks'}",
    }
    for written, meant in replaced.items():
        line = line.replace(written, str(meant))
    customer = pq.read_table(min((platform.sources / "orders").glob("*.parquet")))["customer_id"][0].as_py()
    line = line.replace("forget C000001", f"forget {customer}")
    line = re.sub(r"(agent|card|revoke) A\d+", rf"\1 {agent}", line)
    line = re.sub(r"(sku|pin|ban|swap|recall|clear-danger) S\d+", rf"\1 {sku}", line)
    run_xuanpin(line)


@pytest.mark.parametrize(("page", "query"), blocks("sql"))
def test_every_query_runs(page: str, query: str, published: Home) -> None:
    with duckdb.connect(str(published.published / "published.duckdb"), read_only=True) as database:
        assert database.execute(query).fetchall(), page


def verbs(group: Any, prefix: str = "xuanpin") -> list[str]:
    """Every command as it is typed, those of sub-groups with the group's name."""
    commands = getattr(group, "commands", None)
    if commands is None:
        return [prefix]
    return [verb for name, command in commands.items() for verb in verbs(command, f"{prefix} {name}")]


def test_every_command_is_documented() -> None:
    told = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for verb in verbs(typer.main.get_command(app)):
        assert verb in told


def test_every_setting_says_what_it_is_and_the_page_is_current() -> None:
    from tools.settings_page import PAGES, own_fields, sections, settings_page

    for heading, section in sections().items():
        assert section.__doc__
        fields = own_fields(section)
        assert chinese_settings()[heading].keys.keys() == fields.keys(), heading
        for name, field in fields.items():
            assert field.description, name
    for language, page in PAGES.items():
        assert page.read_text(encoding="utf-8") == settings_page(language), "run `python -m tools.settings_page`"


def test_the_chinese_of_a_setting_is_a_short_title_and_a_phrase_in_chinese() -> None:
    for heading, section in chinese_settings().items():
        assert section.meaning.endswith("。") and section.title, heading
        titles = [told.title for told in section.keys.values()]
        assert len(set(titles)) == len(titles), heading
        for key, told in section.keys.items():
            assert re.fullmatch(r"[\u4e00-\u9fff]{2,12}", told.title), f"{heading}.{key}"
            assert re.search(r"[\u4e00-\u9fff]", told.meaning) and not told.meaning.endswith("。"), f"{heading}.{key}"


@pytest.mark.parametrize("page", [page.relative_to(ROOT).as_posix() for page in PAGES])
def test_every_link_leads_somewhere(page: Path) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        assert ((ROOT / page).parent / target).exists(), f"{page} links to {target}"
