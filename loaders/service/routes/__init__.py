"""The paths of the HTTP service, a module per subject."""
