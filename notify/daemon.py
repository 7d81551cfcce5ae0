"""The process: `farmstream notify --config notify.toml`.

One thread reads alerts into the list, one for each notifier sends: one that is away holds up nobody else, and
none of them the stream. It ends with 0 after SIGTERM or SIGINT, with 1 where it cannot go on; `kill -9` at
any time loses nothing.
"""

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from confluent_kafka import KafkaException

from notify.delivery import Delivery
from notify.intake import take_in
from notify.outbox import Outbox
from notify.settings import Settings, read_settings
from notify.ways import way_of
from telemetry.clock import duration
from telemetry.errors import FarmstreamError

__all__ = ["guarded", "main"]

_log = logging.getLogger("notify")
_TICK = 1.0


def main(config: Path) -> int:
    """Run until a signal (0) or until it cannot go on (1)."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        settings = read_settings(config)
        with Outbox(Path(settings.list)) as outbox:
            return _run(settings, outbox, stop)
    except FarmstreamError as why:
        _log.error("%s", why)
    except OSError as why:
        _log.error("%s: %s.", why.filename, why.strerror)
    return 1


def guarded(work: Callable[[], None], stop: threading.Event, failed: list[str]) -> None:
    """Run a thread's work; a thread that ends, ends the process, and with a failure unless `stop` is set."""
    try:
        work()
    except (FarmstreamError, KafkaException, OSError) as why:
        failed.append(str(why))
    finally:
        if not stop.is_set() and not failed:
            failed.append("A thread of the notifiers ended by itself, of an error shown above.")
        stop.set()


def _run(settings: Settings, outbox: Outbox, stop: threading.Event) -> int:
    failed: list[str] = []
    longest, patience = duration(settings.longest_pause), duration(settings.give_up_after)
    works: list[Callable[[], None]] = [lambda: take_in(settings, outbox, stop)]
    for notifier in settings.notifiers:
        delivery = Delivery(notifier.name, way_of(notifier), outbox, longest, patience, time.time)
        works.append(lambda delivery=delivery: delivery.run(stop))  # type: ignore[misc]
    threads = [threading.Thread(target=guarded, args=(work, stop, failed), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    _log.info("Notifying %s.", ", ".join(notifier.name for notifier in settings.notifiers))
    outbox.forget(time.time())
    while not stop.wait(_TICK):
        _save(outbox, settings.progress)
    for thread in threads:
        thread.join(max(duration(notifier.timeout) for notifier in settings.notifiers) + _TICK)
    _save(outbox, settings.progress)
    if failed:
        _log.error("%s", failed[0])
    return 1 if failed else 0


def _save(outbox: Outbox, file: str | None) -> None:
    """Replace the progress file in one step."""
    if file is not None:
        path = Path(file)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        beside.write_text(json.dumps({"notifiers": outbox.counts()}))
        beside.replace(path)
