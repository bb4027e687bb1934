"""What is let in: callers by key, at a limited rate, with bodies of a limited size."""
