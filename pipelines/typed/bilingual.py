"""Texts that are written in both languages at once, beside the phrases whose Chinese is in a catalogue."""

from __future__ import annotations

from collections.abc import Callable

from xuanpin.pipelines.typed.phrase import Phrase


class Bilingual(Phrase):
    """A text that reads as English everywhere and knows its Chinese."""

    chinese: str

    def __new__(cls, english: str, chinese: str) -> Bilingual:
        """Return the `english` text, which `in_language` gives in `chinese` where that is asked for."""
        made = str.__new__(cls, english)
        made.template, made.values, made.chinese = None, {}, chinese
        return made

    def __reduce__(self) -> tuple[type[Bilingual], tuple[str, str]]:
        """Return what a copy is made of."""
        return Bilingual, (str(self), self.chinese)

    def in_chinese(self) -> str:
        """Return the Chinese text."""
        return self.chinese


def in_both(write: Callable[..., str], *subject: object) -> Bilingual:
    """Return what `write` says of its `subject`; it takes the language, `en` or `zh`, last."""
    return Bilingual(write(*subject, "en"), write(*subject, "zh"))
