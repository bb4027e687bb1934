"""The one table shape that every format becomes."""
