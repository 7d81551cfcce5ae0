"""`farmstream bench streaming`: the stream on a Kafka and a Cassandra of its own, one part after the other.

A part is a module with a function `run(servers, options, console) -> Part`; `benchmarks.streaming.parts`
lists them. What it found is told under the keys of its `figures`, which are the same in every version.
"""
