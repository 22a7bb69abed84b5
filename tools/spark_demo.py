"""Runs the demo's last night on a cluster of this machine and on DuckDB, and compares what they publish.

    python -m tools.spark_demo spark --master "local[2]"

It is `make spark-demo`. Both nights are the first of a new home in .demo-spark, on the drops of the demo in .demo.
Tables of more than DRIVER_ROWS rows that the cluster makes stay there, so that the small demo takes the way of a large
platform; a platform that fits one machine is faster without.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from tools import same_tables
from tools.spark_server import ROOT, ServerError, spark_server
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY

SOURCES = ROOT / ".demo" / "sources"
PLACE = ROOT / ".demo-spark"
DRIVER_ROWS = 1_000
DOUBLES = 1e-9
"""Share by which numbers with a fraction may differ: sums of the two engines add in another order."""


def main() -> int:
    """Run both nights and compare; return 1 where one of them fails or their tables differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("sail", "spark"))
    parser.add_argument("--master", default="local[2]", help="Spark's: local[2], local-cluster[2,1,1024], …")
    asked = parser.parse_args()
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir()
    try:
        with spark_server(asked.kind, master=asked.master, log=PLACE / "server.log") as server:
            config = PLACE / "spark.toml"
            config.write_text(cluster_settings(server.address, PLACE / "lake"), encoding="utf-8")
            print(f"{asked.kind} answers at {server.address}; settings of the night: {config.relative_to(ROOT)}")
            failed = night(PLACE / "on-spark", config) or night(PLACE / "on-duckdb", None)
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1
    return failed or same_tables.main(PLACE / "on-duckdb", PLACE / "on-spark", DOUBLES)


def cluster_settings(address: str, lake: Path, driver_rows: int = DRIVER_ROWS) -> str:
    """Return the settings file of a night on the server at `address` that keeps large tables in the folder `lake`."""
    lines = ("[engine]", 'kind = "spark"', f'address = "{address}"', f'lake = "{lake}"', f"driver_rows = {driver_rows}")
    return "\n".join([*lines, ""])


def night(home: Path, config: Path | None) -> int:
    """Run the demo's last night into a new home, as a person would; return its exit code."""
    command = [str(Path(sys.executable).with_name("xuanpin")), "nightly", "--as-of", LAST_HISTORY_DAY.isoformat()]
    command += ["--home", str(home), "--sources", str(SOURCES)]
    command += [] if config is None else ["--config", str(config)]
    print(f"night into {home.relative_to(ROOT)}", flush=True)
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
