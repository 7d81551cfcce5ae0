"""The live dashboard.

model   what is known of the boards, by what has come in       (no I/O)
feed    Kafka and Cassandra into the model
page    the widgets, and the loop that refreshes them: ground_map, trends, alert_list, tiles
"""
