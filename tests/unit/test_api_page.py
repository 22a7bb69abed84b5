"""docs/api.md is current, and the reader of docstrings finds what is public and what is left unsaid."""

from pathlib import Path

import pytest

from tools.api_page import PAGE, api_page, gaps, main, missing_report, step_functions
from tools.api_source import ROOT, read_folder, read_module

RATES = '''"""Rates of SKUs."""

class Rates:
    """Rates with their spread; `spread` in log-odds."""

    def __init__(self, spread: float) -> None:
        self.spread = spread

    @property
    def mean(self) -> float:
        """Mean rate, 0 to 1."""

    def fit(self, trials, home: Home) -> "Rates":
        if not trials:
            raise ValueError("no trials")

def shrink(rate: float, *, prior: float = 0.5, night: Night) -> float:
    """Pull the rate [towards] 2 * its prior."""

def _hidden():
    pass
'''
NIGHTLY = """
STEPS = (
    Step("ingest", "xuanpin.pipelines.ingest.step:ingest", reads=("a",), writes=("b",)),
    Step(name="score", function="pipelines.score:score", reads=(), writes=()),
)
OTHERS = (Step("elsewhere", "pipelines.score:nothing", (), ()),)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {
        "models/__init__.py": "",
        "models/risk/rates.py": RATES,
        "models/_private.py": '"""Not shown."""\ndef unseen(): ...\n',
        "pipelines/nightly.py": NIGHTLY,
        "pipelines/score.py": '"""Scoring."""\ndef score(night: Night) -> int:\n    """Score every SKU."""\n',
        "pipelines/ingest/step.py": '"""Ingest."""\ndef ingest(night: Night):\n    """Read every drop."""\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    return tmp_path


def link_into_package(root: Path) -> None:
    (root / "xuanpin").mkdir()
    for room in ("models", "pipelines"):
        (root / "xuanpin" / room).symlink_to(root / room, target_is_directory=True)


def test_the_page_is_current() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == api_page(), "run `python -m tools.api_page`"


def test_every_public_name_says_all_that_it_should() -> None:
    *lines, count = missing_report().splitlines()
    assert lines == [], f"{count}; see CONTRIBUTING.md"


def test_public_names_are_shown_with_signature_and_docstring(tree: Path) -> None:
    rates = read_module(tree / "models/risk/rates.py", tree)
    assert (rates.name, rates.part, rates.doc) == ("models.risk.rates", "risk", "Rates of SKUs.")
    assert [entry.signature for entry in rates.entries] == [
        "class Rates(spread: float)",
        "Rates.mean -> float",
        "Rates.fit(trials, home: Home) -> 'Rates'",
        "shrink(rate: float, *, prior: float=0.5, night: Night) -> float",
    ]


def test_files_and_names_with_an_underscore_are_not_shown(tree: Path) -> None:
    names = {entry.name for module in read_folder("models", tree) for entry in module.entries}
    assert names == {"Rates", "Rates.mean", "Rates.fit", "shrink"}


def test_modules_are_named_through_the_import_package_once_there_is_one(tree: Path) -> None:
    link_into_package(tree)
    assert [module.name for module in read_folder("models", tree)] == ["xuanpin.models", "xuanpin.models.risk.rates"]


def test_steps_come_in_their_order_whatever_the_import_name(tree: Path) -> None:
    found = [(name, entry.doc) for name, _, entry in step_functions(tree)]
    assert found == [("ingest", "Read every drop."), ("score", "Score every SKU.")]


def test_a_step_that_names_no_function_is_refused(tree: Path) -> None:
    (tree / "pipelines/score.py").write_text('"""Scoring."""\n', encoding="utf-8")
    with pytest.raises(LookupError, match=r"step score: pipelines\.score has no public function score"):
        api_page(tree)


def test_signs_of_mathematics_survive_markdown(tree: Path) -> None:
    assert r"Pull the rate \[towards\] 2 \* its prior." in api_page(tree)


def test_gaps_are_docstrings_parameters_and_errors(tree: Path) -> None:
    assert lacks(tree, RATES) == {"Rates": [], "Rates.mean": [], "Rates.fit": ["no docstring"], "shrink": []}
    assert lacks(tree, RATES.replace("if not", '"""Fit."""\n        if not'))["Rates.fit"] == [
        "parameters never mentioned: trials",
        "errors never mentioned: ValueError",
    ]


@pytest.mark.parametrize(
    ("parameter", "is_plain"),
    [
        ("night: Night", True),
        ("problem: ChoiceProblem", True),
        ("choice: ChoiceProblem", True),
        ("columns: Sequence[Column]", True),
        ("boxes: dict[Box, int]", True),
        ("settings: ScoringSettings | None", True),
        ("oblem: ChoiceProblem", False),
        ("table: pa.Table", False),
        ("rows: Column", False),
        ("count: int", False),
        ("home", False),
    ],
)
def test_what_is_named_like_its_type_needs_no_explanation(tree: Path, parameter: str, is_plain: bool) -> None:
    (found,) = lacks(tree, f'def run({parameter}):\n    """Run."""\n').values()
    assert (found == []) == is_plain


def test_fields_may_be_described_where_they_stand(tree: Path) -> None:
    fields = (
        'limit: int = Field(1, description="rows")',
        'share: float\n    """Of the rows."""',
        "seed: int",
        "size: int = Field(1)",
    )
    text = 'class Limits:\n    """Limits."""\n' + "".join(f"    {field}\n" for field in fields)
    assert lacks(tree, text) == {"Limits": ["parameters never mentioned: seed, size"]}


def test_what_the_module_names_in_backticks_is_explained_for_all_its_functions(tree: Path) -> None:
    text = '"""Rates; `trials` are lines, events are returns."""\ndef fit(trials, events):\n    """Fit."""\n'
    assert lacks(tree, text) == {"fit": ["parameters never mentioned: events"]}


def test_methods_that_a_protocol_promises_are_described_there(tree: Path) -> None:
    text = 'class Duck:\n    """Implements Engine."""\n    def read(self, table): ...\n'
    assert lacks(tree, text) == {"Duck": [], "Duck.read": []}
    assert lacks(tree, text.replace("Implements", "An"))["Duck.read"] == ["no docstring"]


def lacks(tree: Path, text: str) -> dict[str, list[str]]:
    """What each public name of models/risk/rates.py lacks when the file holds this text."""
    (tree / "models/risk/rates.py").write_text(text, encoding="utf-8")
    module = read_module(tree / "models/risk/rates.py", tree)
    return {entry.name: list(gaps(entry, module)) for entry in module.entries}


def test_options_of_a_verb_carry_their_own_help(tree: Path) -> None:
    verb = 'def run(home):\n    """Run a night."""\n'
    assert lacks(tree, verb) == {"run": ["parameters never mentioned: home"]}
    assert lacks(tree, "@app.command()\n" + verb) == {"run": []}


def test_the_report_of_gaps_counts_them(tree: Path) -> None:
    assert missing_report(tree).splitlines() == [
        "models.risk.rates.Rates.fit: no docstring",
        "1 of 6 public names lack something",
        "1 × no docstring",
    ]


def test_check_leaves_with_1_until_the_page_is_written(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"], tree) == 1
    assert "docs/api.md is stale; run `python -m tools.api_page`" in capsys.readouterr().err
    assert main([], tree) == 0
    assert main(["--check"], tree) == 0
    (tree / "pipelines/score.py").write_text('"""Scoring, anew."""\ndef score(night): ...\n', encoding="utf-8")
    assert main(["--check"], tree) == 1
    assert main(["--other"], tree) == 2


def test_a_long_signature_is_broken_between_parameters(tree: Path) -> None:
    others = ", ".join(f"number_{n}: int = 0" for n in range(9))
    text = f'def long(first: dict[str, int] = {{"a, b": 1}}, {others}): ...\n'
    (tree / "models/risk/rates.py").write_text(text, encoding="utf-8")
    assert "long(\n    first: dict[str, int]={'a, b': 1},\n    number_0: int=0,\n" in api_page(tree)
