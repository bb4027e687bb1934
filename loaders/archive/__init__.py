"""Months of revisions in Parquet files: what is archived, the files, and the way back into the tables."""
