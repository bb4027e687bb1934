"""Connections, migrations and partitions of the PostgreSQL database that holds the warehouse."""
