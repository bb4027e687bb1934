"""Store one delivery in `raw`: all of it or nothing."""
