"""Categories as paths, `a/b`: what a path begins with, and who lies below one."""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Flags, Strings


def top_category(category: str) -> str:
    """Return the first step of a category path."""
    return category.split("/", 1)[0]


def in_category(categories: Strings, path: str) -> Flags:
    """Return which candidates lie in the category `path` or below it; `categories` are their paths (n)."""
    return np.array([text == path or text.startswith(path + "/") for text in categories], dtype=np.bool_)
