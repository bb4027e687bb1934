"""How the warehouse is, for people, monitors and Prometheus."""
