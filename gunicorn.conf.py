"""Gunicorn reads this where it is started: its own lines look like ours, and addresses are logged without queries."""

import os
import sys

from gunicorn.config import Config
from gunicorn.glogging import Logger

from logs import log_formatter

as_text = os.environ.get("PIXLTI_LOG_FORMAT", "text" if sys.stderr.isatty() else "json").lower() == "text"


class OurLogger(Logger):
    """Gunicorn's own, wherever it is told to write; each line in our format."""

    def setup(self, cfg: Config) -> None:
        """Take the handlers as they are configured, with our formatter."""
        super().setup(cfg)
        for handler in [*self.error_log.handlers, *self.access_log.handlers]:
            handler.setFormatter(log_formatter(as_text=as_text))


logger_class = OurLogger
access_log_format = "%(m)s %(U)s %(s)s %(B)s bytes %(L)s s"
