"""One asyncio loop in a thread of its own for each process, for the C++ driver.

Spark runs task after task in the same Python worker: loop and sessions outlive the task, as a session
costs some 100 ms. A forked child (Spark's workers are) starts with a loop of its own.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from functools import lru_cache
from typing import Any, TypeVar

__all__ = ["run", "submit"]

T = TypeVar("T")


def submit(work: Coroutine[Any, Any, T]) -> "Future[T]":
    """Start `work` on this process's loop."""
    return asyncio.run_coroutine_threadsafe(work, _loop(os.getpid()))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on this process's loop and wait for it; an interrupt of the caller cancels it."""
    future = submit(work)
    try:
        return future.result()
    finally:
        future.cancel()


@lru_cache(maxsize=1)
def _loop(pid: int) -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name=f"cassandra-{pid}", daemon=True).start()
    return loop
