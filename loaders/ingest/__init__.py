"""From files and frames to accepted loads."""
