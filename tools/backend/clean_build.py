"""The build backend: setuptools with a fresh build folder, so that no build ships files of an earlier one.

setuptools collects a wheel in `build/lib` and never empties it: a module that was deleted since is installed again.
Found by pip through `backend-path` in pyproject.toml, so this file imports nothing of ours.
Source: the setuptools manual on build_meta, and its variable DIST_EXTRA_CONFIG.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

EXTRA = "DIST_EXTRA_CONFIG"
"""The variable that names one more file of settings to setuptools."""

Choices = dict[str, str | list[str] | None] | None
"""What pip's `--config-settings` says."""


def build_wheel(wheel_directory: str, config_settings: Choices = None, metadata_directory: str | None = None) -> str:
    """Build a wheel into a folder and return its file name."""
    with _fresh_folder():
        name: str = build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
    return name


def build_sdist(sdist_directory: str, config_settings: Choices = None) -> str:
    """Build a source distribution into a folder and return its file name."""
    with _fresh_folder():
        name: str = build_meta.build_sdist(sdist_directory, config_settings)
    return name


@contextmanager
def _fresh_folder() -> Iterator[None]:
    before = os.environ.get(EXTRA)
    with TemporaryDirectory() as folder:
        choices = Path(folder, "extra.cfg")
        choices.write_text(f"[build]\nbuild_base = {folder}\n[egg_info]\negg_base = {folder}\n", encoding="utf-8")
        os.environ[EXTRA] = str(choices)
        try:
            yield
        finally:
            os.environ.pop(EXTRA)
            if before is not None:
                os.environ[EXTRA] = before
