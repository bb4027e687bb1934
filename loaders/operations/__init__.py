"""Run the warehouse unattended: scheduled runs, folders that are watched, backup and upkeep."""
