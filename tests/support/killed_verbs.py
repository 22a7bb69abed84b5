"""Every verb that changes a home, prepared so that it can be killed, run again and held against the undisturbed one."""

from __future__ import annotations

import csv
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path

from tests.support.chat_world import message, say
from tests.support.kill_points import Strike, picture
from tests.support.old_home import FIRST, SECOND, golden_night, morning, second_day, unpacked
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.feedback import labels, learning
from xuanpin.pipelines.migration import migrate_home
from xuanpin.pipelines.nightly import STEPS, run_night
from xuanpin.pipelines.outbox.codes import answer_key
from xuanpin.pipelines.outbox.writing import write_outbox
from xuanpin.pipelines.overrides import OverrideRequest, store_overrides
from xuanpin.pipelines.overrides.sheet import read_sheet
from xuanpin.pipelines.republishing.fallback import publish_fallback
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.republishing.reviews import approve, no_answer, reject
from xuanpin.pipelines.retention.erasure import forget
from xuanpin.pipelines.retention.retention import tidy
from xuanpin.pipelines.run_store import journal
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

LIST_DATE = SECOND + timedelta(days=1)
NOW = morning(SECOND) + timedelta(hours=8)
PRELOADED = ["tests.support.killed_verbs", "tests.support.expectations_loaded", "xuanpin.pipelines.reporting.step"]
"""Loaded once by the process that the verbs are forked from: importing takes longer than a verb."""
CUSTOMER = "C108"
TEXTS, NOON = 600, datetime(2026, 11, 20, 12)
"""Messages that teach a model, and when all of them were sent."""


def _request(home: Home, as_of_days_later: int = 0, **settings: dict[str, object]) -> RunRequest:
    as_of = SECOND + timedelta(days=as_of_days_later)
    return RunRequest(as_of, home, home.root.parent / "sources", Settings.model_validate(settings), NOW)


def _first_listed(home: Home) -> str:
    listed = run_store.read_table(home, run_store.require_run(home, LIST_DATE), "sku_list").sort_by("list_rank")
    return str(listed["sku_id"][0].as_py())


def _recall(home: Home) -> None:
    names = home.root.parent / "sku"
    recall(home, Settings(), Recall(names.read_text(encoding="utf-8"), LIST_DATE, "投诉", "王采", NOW))


def _lift(home: Home) -> None:
    sku = (home.root.parent / "sku").read_text(encoding="utf-8")
    recall(home, Settings(), Recall(sku, LIST_DATE, "检过了", "王采", NOW + timedelta(hours=1), FIRST))


def _without_second(home: Home) -> None:
    """The home before the second list was published, its entry in the journal included."""
    shutil.rmtree(home.list_dir(LIST_DATE))
    (home.published / "current.json").unlink()
    run_store.point_to(home, run_store.require_run(home, SECOND))
    shutil.rmtree(journal.entry_folders(home)[-1])


def _waiting(home: Home) -> None:
    """The second list waits for approval, as if the night had asked for it."""
    _without_second(home)
    publishing = [step for step in STEPS if step.name in ("write", "report", "publish")]
    run_night(_request(home, review={"mode": "required"}), steps=publishing)


def _again(act: Callable[[Home], object]) -> Callable[[Home], None]:
    """A review that was answered is refused the second time; that is its end."""

    def act_once(home: Home) -> None:
        if run_store.pending_run(home, LIST_DATE) is not None:
            act(home)

    return act_once


def _approve(home: Home) -> None:
    approve(_request(home), "王采")


def _publish(home: Home) -> None:
    run_night(_request(home), steps=[step for step in STEPS if step.name == "publish"])


def _unpublished(home: Home) -> None:
    _without_second(home)
    run_night(_request(home), steps=[step for step in STEPS if step.name in ("write", "report")])


def _labelled(home: Home) -> None:
    """Labels, among them one of a message of the customer to be forgotten, and a page that quotes her."""
    home.labels.mkdir()
    rows = [["M900", "满意", FIRST, ""], ["M901", "满意", FIRST, ""]]
    with (home.labels / labels.STORE).open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows([["message_id", "label", "labelled_on", "aspects"], *rows])
    page = run_store.run_folder(home, run_store.require_run(home)) / "report.html"
    page.write_text(page.read_text(encoding="utf-8") + "<p>收到了，质量很好</p>", encoding="utf-8")


def _forget(home: Home) -> None:
    with open_night(_request(home)) as night:
        forget(night, CUSTOMER)


def _tidy(home: Home) -> None:
    request = _request(home, retention={"run_days": 1, "other_run_days": 1, "history_days": 365, "log_days": 1})
    later = RunRequest(request.as_of_date, home, None, request.settings, NOW + timedelta(days=1))
    with open_night(later) as night:
        tidy(night)


def _other_runs(home: Home) -> None:
    """Give both list dates a run that is not current, the older one too: a tidy home has nothing to delete."""
    for day in (SECOND, LIST_DATE):
        run = run_store.require_run(home, day)
        shutil.copytree(run_store.run_folder(home, run), home.list_dir(day) / "run=000000000000")


def _learn(home: Home) -> None:
    learning.FEWEST_TEXTS = 1
    with open_night(_request(home)) as night:
        learning.learn_now(night)


def _many_labels(home: Home) -> None:
    """Messages and labels of both kinds, enough for a model to be learnt and compared."""
    words = ("{}质量很好，非常满意，第{}次买了", "{}质量太差了，很失望，第{}次坏了")
    texts = [words[nth % 2].format("杯子毛巾拖鞋台灯"[nth % 4 * 2 :][:2], nth) for nth in range(TEXTS)]
    with open_night(_request(home)) as night:
        say(night.engine, [message(f"T{nth:04d}", f"C{nth % 50}", text, NOON) for nth, text in enumerate(texts)])
    home.labels.mkdir()
    rows = [[f"T{nth:04d}", ("满意", "不满意")[nth % 2], FIRST, ""] for nth in range(TEXTS)]
    with (home.labels / labels.STORE).open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows([["message_id", "label", "labelled_on", "aspects"], *rows])


def _pin(home: Home) -> None:
    sku = (home.root.parent / "sku").read_text(encoding="utf-8")
    with open_night(_request(home)) as night:
        store_overrides(night, [OverrideRequest("the ban", sku, "ban", "投诉", "王采")])


def _import(home: Home) -> None:
    sheet = home.root.parent / "overrides.csv"
    with open_night(_request(home)) as night:
        store_overrides(night, read_sheet(sheet))


def _label_import(home: Home) -> None:
    with open_night(_request(home)) as night:
        labels.import_labels(night, home.root.parent / "labels.csv")


def _keyed(home: Home) -> None:
    """The key of answer codes is drawn once; two homes would differ by it."""
    home.keys.mkdir(mode=0o700)
    answer_key(home)


def _outbox(home: Home) -> None:
    write_outbox(home, Settings().outbox, LIST_DATE, "json", NOW)


@dataclass(frozen=True)
class Verb:
    """One verb: `prepare` makes a copy of the base ready for it, `act` does it."""

    name: str
    act: Callable[[Home], object]
    prepare: Callable[[Home], None] = lambda home: None
    is_old: bool = False


VERBS = {
    verb.name: verb
    for verb in (
        Verb("recall", _recall),
        Verb("lift", _lift, _recall),
        Verb("approve", _approve, _waiting),
        Verb("reject", _again(lambda home: reject(_request(home), "王采", "标题有误")), _waiting),
        Verb("cutoff", lambda home: no_answer(_request(home)), _waiting),
        Verb("publish", _publish, _unpublished),
        Verb("fallback", lambda home: publish_fallback(_request(home, 1), "nothing came")),
        Verb("forget", _forget, _labelled),
        Verb("tidy", _tidy, _other_runs),
        Verb("learn", _learn, _many_labels),
        Verb("ban", _pin),
        Verb("overrides import", _import),
        Verb("label import", _label_import),
        Verb("outbox", _outbox, _keyed),
        Verb("migrate", migrate_home, is_old=True),
    )
}


def make_base(folder: Path) -> None:
    """Make what all verbs start from: `home` after two nights, `old` of an earlier release, sheets to import."""
    sources = second_day(folder / "sources")
    home = golden_night(golden_night(Home(folder / "home"), FIRST), SECOND, sources)
    unpacked("0_1_0", folder / "old")
    sku = _first_listed(home)
    (folder / "sku").write_text(sku, encoding="utf-8")
    head = "override_id,sku_id,action,starts_on,ends_on,reason,author,approved_by\n"
    (folder / "overrides.csv").write_text(f"{head},{sku},ban,,,投诉,王采,\n,S3,ban,,,缺货,王采,\n", encoding="utf-8")
    (folder / "labels.csv").write_text("message_id,label\nM900,满意\nM901,不满意\n", encoding="utf-8")


def prepare(folder: Path, verb: str) -> None:
    """Make `folder`/<verb>, the home on which the verb is to be done; meant as the whole life of a process."""
    chosen = VERBS[verb]
    home = Home(Path(shutil.copytree(folder / ("old" if chosen.is_old else "home"), folder / verb)))
    chosen.prepare(home)


def do(root: Path, verb: str, wanted: int = 0) -> None:
    """Do a verb, ended at the wanted write, and leave the number of writes beside the home; for a process of its own.

    What it prints is of no interest.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    strike = Strike(root, wanted)
    strike.install()
    VERBS[verb].act(Home(root))
    root.with_name(f"{root.name}.writes").write_text(str(strike.count), encoding="utf-8")


class Killer:
    """Does one verb on copies of its home, killed and undisturbed."""

    def __init__(self, processes: ForkServerContext, folder: Path, verb: str) -> None:
        self._processes, self._folder, self._verb = processes, folder, verb
        self._run(prepare, folder, verb)
        self.home = folder / "struck"
        self._copy()
        began = time.monotonic()
        self._run(do, self.home, verb)
        self.seconds = time.monotonic() - began
        self.wanted = picture(self.home)
        self.writes = int((folder / "struck.writes").read_text(encoding="utf-8"))

    def strike(self, nth: int) -> dict[str, str]:
        """Kill the verb at its nth write and do it again; returns what differs from the undisturbed home, and how."""
        self._copy()
        assert self._run(do, self.home, self._verb, nth) == -9, f"{self._verb} was not killed at write {nth}"
        return self._recovered()

    def strike_after(self, seconds: float) -> dict[str, str] | None:
        """Kill the verb after a time and do it again; as `strike`, or None where it was over by then."""
        self._copy()
        verb = self._processes.Process(target=do, args=(self.home, self._verb))
        verb.start()
        verb.join(seconds)
        is_over = verb.exitcode is not None
        verb.kill()
        verb.join()
        return None if is_over else self._recovered()

    def _recovered(self) -> dict[str, str]:
        code = self._run(do, self.home, self._verb)
        found = picture(self.home)
        differing = {name for name in found.keys() | self.wanted.keys() if found.get(name) != self.wanted.get(name)}
        told = {name: "left over" if name not in self.wanted else "other" for name in differing}
        told |= {name: "missing" for name in differing if name not in found}
        return told | ({"exit": str(code)} if code else {})

    def _copy(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self._folder / self._verb, self.home)

    def _run(self, target: Callable[..., None], *given: object) -> int:
        process = self._processes.Process(target=target, args=given)
        process.start()
        process.join()
        return int(process.exitcode or 0)
