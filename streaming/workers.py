"""Spark's daemon of Python workers, which has imported what they need before it forks them.

`python -m streaming.workers pyspark.worker`, started by Spark (`spark.python.daemon.module`). The workers
share the memory of these modules, some 100 MiB that each would have for itself otherwise, and are there
without importing them.
"""

import gc
from importlib import import_module

from pyspark import daemon

__all__ = ["main"]

_USED = (
    "pandas",
    "pyarrow.compute",
    "pyspark.sql.streaming.proto.StateMessage_pb2",
    "pyspark.sql.streaming.stateful_processor_util",
    "storage.spark.readings",
    "streaming.quality.processor",
    "streaming.silence",
)


def main() -> None:
    """Import, then do what Spark's own daemon does."""
    for name in _USED:
        import_module(name)
    gc.collect()
    gc.freeze()  # a collection would write to each object, and its page would no longer be shared
    daemon.manager()


if __name__ == "__main__":
    main()
