"""Formats of the desk's pages: those of the report, and what the report draws by inline styles drawn without them."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup

from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.reporting.words import number, percent

__all__ = ["clock_text", "interval", "number", "percent"]


def clock_text(moment: datetime) -> str:
    """Return the month, day and minute of a zone-aware `moment` by Beijing's clock."""
    return f"{moment.astimezone(BEIJING):%m-%d %H:%M}"


def interval(
    middle: float, lower: float, upper: float | None, scale: float, ceiling: float | None = None, places: int = 1
) -> Markup:
    """Format a rate with its interval as a bar on a common scale, with an upright line at `ceiling`.

    `middle`, `lower` and `upper` are shares, shown with so many decimal `places`; `scale` is the share at the bar's
    full length. Without `upper` the bar ends at the rate itself.
    """
    wording = f"≥ {percent(lower, 0)}" if upper is None else f"{percent(lower)} – {percent(upper)}"
    left, right, mark = (_at(value, scale) for value in (lower, middle if upper is None else upper, middle))
    cap = Markup("")
    if ceiling is not None:
        cap = Markup('<rect class="cap" x="{:.1f}" y="0" width="2" height="12"/>').format(_at(ceiling, scale))
    return Markup(
        '<span class="num">{}</span><svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><title>{}</title><rect class="range" x="{:.1f}" y="3" width="{:.1f}" height="6"/>'
        '<rect class="dot" x="{:.1f}" y="2" width="2" height="8"/>{}</svg>'
    ).format(percent(middle, places), wording, wording, left, max(right - left, 0), max(mark - 1, 0), cap)


def _at(value: float, scale: float) -> float:
    """Return the place of a share on the bar, 0 to 100."""
    return 100 * min(max(value / scale, 0.0), 1.0) if scale else 0.0
