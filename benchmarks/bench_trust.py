"""What does it take to mislead the list? One attack at a time on a demo platform, and the night that follows.

Run: python -m benchmarks.bench_trust [--seed 3] [--part attacks|complaints|rings]

`attacks` prints each attack with the median of its targets before and after. `complaints` lets real buyers complain of
good SKUs of three sizes. `rings` lets real-looking accounts list a landmine or kill a good SKU: the fewest that do.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks import attacks
from benchmarks.trust_platform import Night, Platform, Rows

Attack = Callable[[Platform, list[str]], Rows]
TARGETS = 3
"""SKUs that are attacked in the same night, each by its own accounts."""
WITHHELD = "delete from source.returns where requested_at >= timestamptz '2026-10-31 00:00:00+08:00'"
"""Three weeks without returns, while the chat goes on."""
COMPLAINTS = (1, 2, 3, 4, 5, 6, 8, 10, 12)
RINGS = (5, 10, 15, 20, 30, 40, 60, 90)
SIZES = {"15 to 40 orders": (15, 40), "40 to 100 orders": (40, 100), "100 to 190 orders": (100, 190)}


def landmines(night: Night, fewest: int, most: int) -> list[str]:
    """Return the true landmines that the gate stops, surest first, of those with as many delivered lines."""
    rows = night.scores
    found = rows[rows["is_landmine"] & (rows["decision_code"] == "over_landmine_cap")]
    return _sized(found, fewest, most).nlargest(TARGETS, "landmine_probability")["sku_id"].tolist()


def good_skus(night: Night, fewest: int, most: int) -> list[str]:
    """Return good listed SKUs, least regretted first, of those with as many delivered lines."""
    rows = night.scores.merge(night.roles, on="sku_id")
    found = rows[(rows["role"] == "core") & ~rows["is_landmine"]]
    return _sized(found, fewest, most).nsmallest(TARGETS, "true_regret")["sku_id"].tolist()


def _sized(rows: pd.DataFrame, fewest: int, most: int) -> pd.DataFrame:
    return rows[rows["evidence_orders"].between(fewest, most)]


BAD: dict[str, Attack] = {
    "20 kept orders by one account": lambda on, skus: attacks.brushed(on, skus, 1, 20),
    "10 kept orders by ten new accounts": lambda on, skus: attacks.brushed(on, skus, 10, 10),
    "praise by 1,000 who never bought": lambda on, skus: attacks.strangers_write(on, skus, 1_000, attacks.PRAISE),
}
"""Attacks that want a landmine on the list."""
GOOD: dict[str, Attack] = {
    "three real buyers complain": lambda on, skus: attacks.buyers_complain(on, skus, 3),
    "five new accounts buy and send back": lambda on, skus: attacks.bought_and_sent_back(on, skus, 5),
    "50 who never bought complain": lambda on, skus: attacks.strangers_write(on, skus, 50, attacks.COMPLAINTS),
    "1,000 who never bought complain": lambda on, skus: attacks.strangers_write(on, skus, 1_000, attacks.COMPLAINTS),
}
"""Attacks that want a good SKU off the list."""
RENAMED: dict[str, Attack] = {
    "renamed: same SPU and title": lambda on, skus: attacks.renamed(on, skus, lambda sku: {}),
    "renamed: new SPU, same title": lambda on, skus: attacks.renamed(
        on, skus, lambda sku: {"spu_id": f"N{sku['spu_id']}"}
    ),
    "renamed: new SPU, one more character": lambda on, skus: attacks.renamed(
        on, skus, lambda sku: {"spu_id": f"N{sku['spu_id']}", "title": f"{sku['title']}新"}
    ),
}
"""Gated landmines under new ids; judged by the new id."""


def print_attacks(platform: Platform) -> None:
    """Print a row for each attack: medians of its targets before and after, and how many are listed, by role."""
    bad, good = landmines(platform.clean, 10, 60), good_skus(platform.clean, 110, 190)
    print("| attack | landmine probability | satisfaction | listed before | listed after | alarms on them |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, attack in {**BAD, **RENAMED}.items():
        seen = [f"N{sku_id}" for sku_id in bad] if name in RENAMED else bad
        _print_row(name, platform, platform.night(attack(platform, bad)), bad, seen)
    for name, attack in GOOD.items():
        _print_row(name, platform, platform.night(attack(platform, good)), good, good)
    _print_row("returns of three weeks withheld", platform, platform.night({}, WITHHELD), bad, bad)


def _print_row(name: str, platform: Platform, night: Night, before: list[str], after: list[str]) -> None:
    old, new = platform.clean.of(before), night.of(after)
    alarms = night.alarms[night.alarms["entity_id"].isin(after) | (night.alarms["level"] == "source")]
    cells = [
        f"{old[column].median():.3f} → {new[column].median():.3f}"
        for column in ("landmine_probability", "satisfaction")
    ]
    metrics = ", ".join(sorted(set(alarms["metric"]))) or "–"
    print(f"| {name} | {' | '.join(cells)} | {_listed(old)} | {_listed(new)} | {metrics} |", flush=True)


def _listed(rows: pd.DataFrame) -> str:
    roles = rows["role"].dropna()
    told = ", ".join(f"{count} {role}" for role, count in sorted(roles.value_counts().items()))
    return f"{len(roles)} of {len(rows)}" + (f": {told}" if told else "")


def print_complaints(platform: Platform) -> None:
    """Print, by number of real buyers who complain, what becomes of good SKUs of each size."""
    skus = {size: good_skus(platform.clean, *ends) for size, ends in SIZES.items()}
    print("| buyers who complain | " + " | ".join(skus) + " |")
    print("| --- " * (len(skus) + 1) + "|")
    for count in COMPLAINTS:
        night = platform.night(attacks.buyers_complain(platform, [sku for own in skus.values() for sku in own], count))
        found = [night.of(own) for own in skus.values()]
        cells = [f"{rows['landmine_probability'].median():.3f}; listed {_listed(rows)}" for rows in found]
        print(f"| {count} | {' | '.join(cells)} |", flush=True)


def print_rings(platform: Platform) -> None:
    """Print, by size of SKU, how many accounts of a ring list half of the targets, gate them, or take them off."""
    print("| SKU | agents | a landmine is listed | a good SKU is gated | … is off the list | … by mixed accounts |")
    print("| --- | --- | --- | --- | --- | --- |")
    for size, ends in SIZES.items():
        for agents in (1, 3, 10):
            listed = _fewest(platform, partial(_ring, agents=agents, kill=False), ends, {"listed": _is_listed})
            killed = _fewest(platform, partial(_ring, agents=agents), ends, {"gated": _is_gated, "off": _is_off})
            mixed = _fewest(platform, partial(_ring, agents=agents, mixed=True), ends, {"off": _is_off})
            print(f"| {size} | {agents} | {' | '.join([*listed, *killed, *mixed])} |", flush=True)


def _is_listed(rows: pd.DataFrame) -> pd.Series[bool]:
    return rows["role"].notna()


def _is_gated(rows: pd.DataFrame) -> pd.Series[bool]:
    return rows["decision_code"] == "over_landmine_cap"


def _is_off(rows: pd.DataFrame) -> pd.Series[bool]:
    return ~_is_listed(rows)


def _ring(
    platform: Platform, targets: list[str], accounts: int, *, agents: int, kill: bool = True, mixed: bool = False
) -> Rows:
    return attacks.ring(platform, targets, accounts, agents, kill, mixed)


def _fewest(
    platform: Platform,
    attack: Callable[[Platform, list[str], int], Rows],
    ends: tuple[int, int],
    goals: dict[str, Callable[[pd.DataFrame], pd.Series[bool]]],
) -> list[str]:
    """Fewest accounts with which half of the targets reach each goal."""
    targets = (landmines if "listed" in goals else good_skus)(platform.clean, *ends)
    if not targets:
        return ["no such SKU"] * len(goals)
    found: dict[str, str] = {}
    for count in RINGS:
        rows = platform.night(attack(platform, targets, count)).of(targets)
        found |= {goal: f"{count}" for goal, has in goals.items() if goal not in found and has(rows).mean() >= 0.5}
        if len(found) == len(goals):
            break
    return [found.get(goal, f"more than {RINGS[-1]}") for goal in goals]


PARTS = {"attacks": print_attacks, "complaints": print_complaints, "rings": print_rings}


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--part", choices=PARTS, action="append")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(Path(folder), asked.seed)
        for part in asked.part or PARTS:
            PARTS[part](platform)
            print()


if __name__ == "__main__":
    main()
