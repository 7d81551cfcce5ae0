"""The live dashboard.

model   what is known of the boards, by what has come in       (no I/O)
judged  what quality control says of their last readings      (no I/O)
feed    Kafka and Cassandra into the model
source  connections to Kafka and Cassandra, and all that is asked of them
page    the widgets, and the loop that refreshes them: ground_map, trends, alert_list, tiles, spark
"""
