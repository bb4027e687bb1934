"""What several notebooks compute from the frames that `warehouse` returns."""
