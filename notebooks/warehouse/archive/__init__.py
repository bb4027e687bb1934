"""Archived months: which files a range is in, and answers from them."""
