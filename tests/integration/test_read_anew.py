"""A day of chat is read again when words, code or settings of reading change, as long as its words are there."""

import dataclasses
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.chat_world import DAY, at, message, open_world, order, say
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.feedback import reading
from xuanpin.pipelines.feedback.reading import READING_SETTINGS, reading_version
from xuanpin.pipelines.feedback.step import feedback
from xuanpin.pipelines.retention.retention import blank_words
from xuanpin.pipelines.settings.deciding import FeedbackSettings

EARLIER = DAY - timedelta(days=1)


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """Two buyers, one a day, each of whom says what no list of ours knows."""
    orders = [order("L1", "C1", "S1", at(9, day=EARLIER), EARLIER), order("L2", "C2", "S1", at(9), EARLIER)]
    said = [
        message("M1", "C1", "草莓收到了，绝绝子嘞", at(12, day=EARLIER)),
        message("M2", "C2", "草莓收到了，绝绝子嘞", at(12)),
    ]
    return open_world(tmp_path / "home", orders, said)


def with_feedback(night: Night, **chosen: Any) -> Night:
    feedback_settings = night.settings.feedback.model_copy(update=chosen)
    return dataclasses.replace(night, settings=night.settings.model_copy(update={"feedback": feedback_settings}))


def with_words(night: Night, folder: Path, polarity: int) -> Night:
    folder.mkdir()
    (folder / "polarity.csv").write_text(f"term,polarity\n绝绝子嘞,{polarity}\n", encoding="utf-8")
    return with_feedback(night, lexicon_folder=folder)


def satisfaction(night: Night) -> dict[date, float]:
    rows = night.engine.read("history.mentions", order_by=("known_on",)).to_pylist()
    return {row["known_on"]: row["satisfaction"] for row in rows}


def test_a_word_of_the_deployment_is_read_in_what_was_said_before_it_was_listed(night: Night, tmp_path: Path) -> None:
    assert feedback(night)[0] == 2
    before = satisfaction(night)
    praised = with_words(night, tmp_path / "praise", 2)
    assert feedback(praised)[0] == 2 and feedback(praised)[0] == 0
    praise = satisfaction(night)
    assert feedback(with_words(night, tmp_path / "complaint", -2))[0] == 2
    complaint = satisfaction(night)
    assert complaint.keys() == praise.keys() == {EARLIER, DAY}
    assert all(complaint[day] < 0.3 < 0.7 < praise[day] for day in complaint)
    feedback(night)
    assert satisfaction(night) == before


def test_a_day_keeps_what_was_read_of_it_when_its_words_are_gone(night: Night, tmp_path: Path) -> None:
    praised = with_words(night, tmp_path / "praise", 2)
    feedback(praised)
    praise = satisfaction(night)
    blank_words(night.engine, DAY)
    assert feedback(with_words(night, tmp_path / "complaint", -2))[0] == 1
    after = satisfaction(night)
    assert after[EARLIER] == praise[EARLIER] and after[DAY] < 0.3


def test_a_day_read_by_an_earlier_release_is_read_again_and_a_new_day_beside_it(night: Night) -> None:
    night.engine.execute(f"update source.chat_messages set known_on = date '{DAY}'")
    say(night.engine, [])
    feedback(night)
    night.engine.execute("update history.mention_days set reading_version = null")
    night.engine.execute("update history.mentions set satisfaction = 0.123")
    assert feedback(night)[0] == 2
    assert 0.123 not in satisfaction(night).values()
    assert night.engine.read("history.mention_days")["reading_version"].to_pylist() == [reading_version(night)]


def test_the_version_follows_code_and_settings_of_reading_and_no_other_and_not_where_lists_lie(
    night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = reading_version(night)
    assert FeedbackSettings.model_fields.keys() > READING_SETTINGS
    for name in sorted(READING_SETTINGS):
        changed = with_feedback(night, **{name: getattr(night.settings.feedback, name) + 1})
        assert reading_version(changed) != plain, name
    assert reading_version(with_feedback(night, window_days=7, trust_customer=0.1)) == plain
    one, same, other = (
        reading_version(with_words(night, tmp_path / name, polarity))
        for name, polarity in (("one", 2), ("same", 2), ("other", 1))
    )
    assert one == same != other and plain not in (one, other)
    monkeypatch.setattr(reading, "_code", lambda: "other code")
    assert reading_version(night) != plain
