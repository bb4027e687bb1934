"""Read a warehouse through its HTTP service, without access to the database."""
