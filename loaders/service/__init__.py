"""The HTTP service: reads through the package `warehouse`, writes through the loaders."""
