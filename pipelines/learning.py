"""The models that read the chat: which one was in force on a day, and weekly learning from what became known."""

from __future__ import annotations

from datetime import date

from models.lexicon import load_lexicon
from models.sentiment import SentimentModel, lexicon_model
from pipelines.night import Night


class ModelShelf:
    """The sentiment models of a deployment."""

    def __init__(self, night: Night) -> None:
        self._night = night
        self._lexicon = load_lexicon(night.settings.feedback.lexicon_folder)

    def version_for(self, day: date) -> str:
        return "lexicon"

    def model(self, version: str) -> SentimentModel:
        return lexicon_model(self._lexicon)

    def learn_when_due(self) -> None:
        return
