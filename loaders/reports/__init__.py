"""Run notebooks and write them as pages."""
