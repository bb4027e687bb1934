"""The log of a run: text for people, or one JSON object a line; each line has the id of the run."""

import json
import logging
from datetime import UTC, datetime
from typing import Literal

LogFormat = Literal["text", "json"]


class RunFormatter(logging.Formatter):
    """Formats records with the id of the run that is in progress. as_json: one object a line."""

    def __init__(self, as_json: bool) -> None:
        super().__init__()
        self.as_json = as_json
        self.run_id: str | None = None

    def format(self, record: logging.LogRecord) -> str:
        """Return one record as text."""
        message = record.getMessage()
        if record.exc_info:
            message = f"{message}\n{self.formatException(record.exc_info)}"
        if not self.as_json:
            return f"[{self.run_id}] {message}" if self.run_id else message
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "run_id": self.run_id,
            "message": message,
        }
        return json.dumps(entry, ensure_ascii=False)


def use_run_log(as_json: bool) -> RunFormatter:
    """Let all handlers of the root logger write in this form. Returns the formatter, whose run_id may be set."""
    formatter = RunFormatter(as_json)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(formatter)
    return formatter
