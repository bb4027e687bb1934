"""Synthetic data to try the warehouse with."""
