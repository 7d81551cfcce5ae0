"""The daemon of Python workers: Spark's own, with all imported that a worker needs."""

import socket
import struct
import subprocess
import sys

import psutil


def test_a_worker_is_forked_from_a_process_that_has_imported_all() -> None:
    argv = [sys.executable, "-m", "streaming.workers", "pyspark.worker"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        [port] = struct.unpack("!i", process.stdout.read(4))  # as Spark does
        with socket.create_connection(("127.0.0.1", port)) as worker:
            [pid] = struct.unpack("!i", worker.recv(4, socket.MSG_WAITALL))
            child = psutil.Process(pid)
            assert child.parent() == psutil.Process(process.pid)
            loaded = {mapped.path.rpartition("/")[2] for mapped in child.memory_maps()}
            assert any(name.startswith("libarrow.so") for name in loaded)
            assert any(name.startswith("hashtable.cpython") for name in loaded)  # pandas
            assert child.memory_full_info().uss < 32 * 2**20
            process.stdin.close()
            process.wait(60)
