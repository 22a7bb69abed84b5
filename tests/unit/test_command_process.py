"""What a command costs as a process: which libraries it loads, and how it leaves."""

import subprocess
import sys

import pytest

WITHOUT_PANDAS = """
import sys
from xuanpin.pipelines.engine import do_without_pandas
do_without_pandas()
import pyarrow as pa
rows = pa.table({"n": pa.array([1, 2])})
assert "pandas" not in sys.modules
assert rows.to_pandas()["n"].tolist() == [1, 2]
"""
LOADED = """
import sys
import xuanpin.pipelines.cli.program
from xuanpin.pipelines.engine import do_without_pandas
do_without_pandas()
import xuanpin.pipelines.republishing.recall
print(*sorted({"pandas", "scipy", "sklearn", "rich", "jinja2", "xlsxwriter"} & sys.modules.keys()))
"""
LEFT = """
import atexit
import sys
from xuanpin.pipelines.cli import command
atexit.register(print, "at the end")
sys.argv = ["xuanpin", *sys.argv[1:]]
command()
"""


def run(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `code` with these arguments in a process of its own."""
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)


def test_arrays_are_made_without_pandas_and_frames_with_it() -> None:
    assert run(WITHOUT_PANDAS).returncode == 0


def test_a_recall_loads_no_library_that_it_does_not_need() -> None:
    assert run(LOADED).stdout.split() == []


@pytest.mark.parametrize(("words", "code"), [(["--version"], 0), (["recal"], 2)])
def test_a_command_leaves_with_its_exit_code_and_all_that_it_says(words: list[str], code: int) -> None:
    left = run(LEFT, *words)
    assert (left.returncode, left.stdout.endswith("at the end\n")) == (code, True)
    assert "xuanpin" in left.stdout + left.stderr
