"""Draws the night from the tables that its steps declare: which passes how many tables to which, and which are kept.

Run `python -m tools.night_picture` to write docs/pictures/architecture.svg; with `--check` it writes nothing and exits
with 1 if the picture differs from the steps.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

from xuanpin.pipelines.nightly import STEPS
from xuanpin.pipelines.steps import Step
from xuanpin.pipelines.typed.plurals import filled

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "architecture.svg"
ROW, TOP, LEFT, BOX = 46, 70, 430, 150
"""Pixels: height of a row, of the head, where the boxes stand and how wide they are."""
REACH = 26
"""Pixels that an arc bulges to the right for each step that it passes."""
WIDTH = LEFT + BOX + 60 + REACH * len(STEPS)


def picture() -> str:
    """Return the picture as SVG text."""
    height = TOP + ROW * len(STEPS) + 20
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="13">\n<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n'
        f'<text x="{LEFT - 20}" y="36" text-anchor="end" fill="#555">tables that last, read → written</text>\n'
        f'<text x="{LEFT}" y="36" font-weight="bold">step</text>\n'
        f'<text x="{LEFT + BOX + 20}" y="36" fill="#555">tables of the night, from the step that writes them to those '
        "that read them</text>\n"
    )
    return head + "".join([*_arcs(), *map(_row, range(len(STEPS)))]) + "</svg>\n"


def handed_over(writer: Step, reader: Step) -> int:
    """Count the tables of the night that one step writes and the other reads."""
    return len({name for name in writer.writes if name.startswith("night.")} & set(reader.reads))


def _row(place: int) -> str:
    step, middle = STEPS[place], _middle(place)
    lasting = f"{_schemas(step.reads)} → {_schemas(step.writes)}".strip(" →") if step.reads or step.writes else ""
    return (
        f'<rect x="{LEFT}" y="{middle - 15}" width="{BOX}" height="30" rx="6" fill="#fff4ea" stroke="#c8641e"/>\n'
        f'<text x="{LEFT + 12}" y="{middle + 5}">{escape(step.name)}</text>\n'
        f'<text x="{LEFT - 20}" y="{middle + 5}" text-anchor="end" fill="#777">{escape(lasting or step.files)}</text>\n'
    )


def _schemas(names: tuple[str, ...]) -> str:
    """How many lasting tables of each schema, as `source 7, history 3`."""
    schemas = [name.split(".")[0] for name in names if not name.startswith("night.")]
    return ", ".join(f"{schema} {schemas.count(schema)}" for schema in dict.fromkeys(schemas))


def _arcs() -> Iterator[str]:
    edge = LEFT + BOX
    for first, writer in enumerate(STEPS):
        for last in range(first + 1, len(STEPS)):
            count = handed_over(writer, STEPS[last])
            if count:
                bend, start, end = edge + REACH * (last - first) + 20, _middle(first), _middle(last)
                yield (
                    f'<path d="M {edge} {start} C {bend} {start}, {bend} {end}, {edge} {end}" fill="none" '
                    f'stroke="#2a6f97" stroke-opacity="0.55" stroke-width="{0.8 + 0.5 * min(count, 6):.1f}">'
                    f"<title>{escape(writer.name)} → {escape(STEPS[last].name)}: "
                    f"{filled('{n} tables', {'n': count})}</title></path>\n"
                )


def _middle(place: int) -> int:
    return TOP + ROW * place + ROW // 2


def main(is_check: bool) -> int:
    """Write the picture, or check whether it is current; return the exit code."""
    if not is_check:
        PICTURE.write_text(picture(), encoding="utf-8")
        return 0
    is_current = PICTURE.exists() and PICTURE.read_text(encoding="utf-8") == picture()
    if not is_current:
        print("docs/pictures/architecture.svg is not what the steps declare; run python -m tools.night_picture")
    return 0 if is_current else 1


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
