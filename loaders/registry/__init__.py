"""Grids, regions, nodes, metrics and series."""
