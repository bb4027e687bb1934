"""Data that are fetched over the network, and loaded like files."""
