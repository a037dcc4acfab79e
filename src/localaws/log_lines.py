"""What embedded AWS says on its output: one line for whatever happened, never pages of MiniStack's inside."""

import logging

_LONGEST = 1_000


class OneLine(logging.Formatter):
    """A record as one printable line; where LOG_LEVEL=DEBUG is asked for, tracebacks follow."""

    def format(self, record: logging.LogRecord) -> str:
        if logging.getLogger().isEnabledFor(logging.DEBUG):
            return super().format(record)
        record.message = record.getMessage()
        record.asctime = self.formatTime(record)
        text = self.formatMessage(record)
        if record.exc_info and record.exc_info[0] is not None:
            text += f" ({record.exc_info[0].__name__}: {record.exc_info[1]})"
        return "".join(letter if letter.isprintable() else " " for letter in text[:_LONGEST])


def log_one_line_each() -> None:
    """To be called when MiniStack has set up its logging."""
    for handler in logging.getLogger().handlers:
        # Its format is the handler's own, which MiniStack chose.
        pattern = handler.formatter._fmt if handler.formatter else None
        handler.setFormatter(OneLine(pattern))
