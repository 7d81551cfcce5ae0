"""A Kafka that dies and comes back under application and notifiers: nothing is lost, and both stay."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from compose.local.java import Java, spark_java_home
from compose.local.process import running
from tests.local.notify_far_end import hook
from tests.local.notify_process import Notify, alert
from tests.local.streaming_application import until
from tests.local.streaming_farm import expected_windows, reading
from tests.local.streaming_world import MINUTE, world_in
from tests.servers import Jars, Server, kafka_in, make_home

pytestmark = pytest.mark.servers


def test_a_kafka_that_dies_is_waited_for(tmp_path: Path, cassandra: Server, java: Java, jars: Jars) -> None:
    service = kafka_in(make_home(tmp_path / "home"), java, jars)
    server, home = Server("127.0.0.1", service.port), spark_java_home(java, tmp_path / "java")
    with ExitStack() as stack:
        process, web = stack.enter_context(running(service)), stack.enter_context(hook())
        more = {"queries": ["join", "readings", "windows"]}
        world = stack.enter_context(world_in(tmp_path, server, cassandra, jars, home, **more))
        notify = Notify(tmp_path, server, webhook=[{"name": "web", "url": web.url}])
        stack.callback(notify.close)
        world.running()
        notify.start()
        at = world.hour()
        sent = [reading("e1", seq, at + seq * MINUTE / 30) for seq in range(100)]
        world.app.send(sent[:50])
        until(lambda: len(world.stored("e1", at)) == 50)
        notify.send(alert(1), alert(2))
        until(lambda: len(web.taken) == 2)
        process.kill()
        process.wait()
        with running(service):
            world.app.send(sent[50:])
            assert until(lambda: len(world.stored("e1", at)) == 100, 300)
            until(world.app.settled)
            counts = {key: row["count"] for key, row in world.windows(at).items()}
            assert counts == {key: row["count"] for key, row in expected_windows(sent).items()}
            assert world.app.process
            assert world.app.process.poll() is None
            assert world.app.stop() == 0
            notify.send(alert(2), alert(3))
            until(lambda: len(web.taken) == 3)
            assert notify.stop() == 0
        assert [key for key, _ in web.taken] == ["a1-open", "a2-open", "a3-open"]
