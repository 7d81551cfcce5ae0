"""Cassandra: schema and migrations, master data, named queries, Spark data source."""
