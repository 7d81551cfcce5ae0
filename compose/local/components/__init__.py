"""Our own programs as components, one file each; Kafka, Cassandra and the broker are in `compose.local`."""
