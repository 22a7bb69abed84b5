"""The language in which the command line speaks: --lang, else XUANPIN_LANG, else that of the terminal, else English.

JSON and the log are the same in every language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from xuanpin.pipelines.typed.phrase import Language, in_language

VARIABLE, OPTION = "XUANPIN_LANG", "--lang"
LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Environment variables of the terminal's language; the first that is set decides."""
_spoken: list[Language] = ["en"]
"""The language of this process: one item, which `speak` replaces."""


def spoken() -> Language:
    """Return the language in which this process speaks."""
    return _spoken[0]


def speak(language: Language) -> None:
    """Say everything from now on in `language`."""
    _spoken[0] = language


def told(text: str | BaseException) -> str:
    """Return a message (`text`) in the language of this process."""
    return in_language(text, spoken())


def asked_language(words: Sequence[str], environment: Mapping[str, str]) -> Language:
    """Return the language of a command line by its `words` and the `environment`, before its verb is looked for."""
    for place in range(len(words) - 1, -1, -1):
        option, has_value, value = words[place].partition("=")
        asked = value if has_value else (words[place + 1] if place + 1 < len(words) else "")
        if option == OPTION and (found := _language(asked)):
            return found
    return _language(environment.get(VARIABLE, "")) or _terminal_language(environment)


def _language(text: str) -> Language | None:
    """Return the language that `text` begins with, such as zh or zh_CN.UTF-8; None for another."""
    start = text.strip().lower()[:2]
    return "zh" if start == "zh" else "en" if start == "en" else None


def _terminal_language(environment: Mapping[str, str]) -> Language:
    decisive = next((value for name in LOCALES if (value := environment.get(name))), "")
    return _language(decisive) or "en"


def _use(language: Language | None) -> Language | None:
    """Speak the language that an option names; without the option what the environment says stands."""
    if language is not None:
        speak(language)
    return language


LanguageOption = Annotated[
    Language | None,
    typer.Option(
        OPTION,
        callback=_use,
        is_eager=True,
        expose_value=False,
        help="Language of the texts; that of XUANPIN_LANG or the terminal when left out.",
    ),
]
