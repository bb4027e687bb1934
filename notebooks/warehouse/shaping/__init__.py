"""Give answers the unit, the intervals and the columns that were requested."""
