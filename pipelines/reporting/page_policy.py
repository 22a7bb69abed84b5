"""Writes a page's Content-Security-Policy: its own styles and scripts by their hashes, and nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from markupsafe import Markup

_META = Markup('<meta http-equiv="Content-Security-Policy" content="{}">')


def policy(styles: Iterable[str], scripts: Iterable[str] = ()) -> Markup:
    """Return the element that allows exactly the inline `styles` and `scripts`, as they stand between their tags.

    Widths and places of marks are style attributes, which can load nothing under this policy.
    """
    rules = {
        "default-src": "'none'",
        "script-src": _hashes(scripts),
        "style-src-elem": _hashes(styles),
        "style-src-attr": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return _META.format(Markup("; ".join(f"{what} {allowed}" for what, allowed in rules.items())))


def _hashes(texts: Iterable[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
