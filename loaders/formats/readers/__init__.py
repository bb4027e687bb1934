"""Readers of containers and file kinds: bytes, delimited text, JSON lines and Arrow tables."""
