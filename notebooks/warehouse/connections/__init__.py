"""Connections to the database: one reads any number of rows as Arrow, the other a few rows in few round trips."""
