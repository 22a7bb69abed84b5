"""A night that repeats its checks on DuckDB loads nothing of Spark, which the extra `spark` has installed."""

import subprocess
import sys
from importlib.util import find_spec

SCRIPT = """
import sys
from xuanpin.pipelines.quality.expectations import SparkNotFound
with SparkNotFound():
    import great_expectations
print(sorted(name for name in sys.modules if name.partition(".")[0] == "pyspark"))
import pyspark
"""


def test_great_expectations_is_loaded_without_spark_and_says_nothing_about_it() -> None:
    assert find_spec("pyspark") is not None, "the extra `test` installs pyspark-client"
    said = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120, check=True)
    assert (said.stdout.strip(), said.stderr) == ("[]", "")
