"""What a user may be shown: one message that says what is wrong, where, how many, and what to do next."""

from xuanpin.pipelines.typed.phrase import Phrase
from xuanpin.pipelines.typed.shown import brief


class XuanpinError(Exception):
    """A failure that a user can act on; the command line prints its message and leaves with its exit code."""

    exit_code = 1

    def __init__(self, message: Phrase) -> None:
        """Hold the `message`, which can be said in both languages."""
        super().__init__(message)

    def __str__(self) -> str:
        """Return the message, with values of endless length cut."""
        return brief(super().__str__())


class UsageError(XuanpinError):
    """The command, a setting or a file named by the user is wrong."""

    exit_code = 2


class DayRefused(UsageError):
    """No night runs for this day: it has not ended, or nothing of it has come; nothing was touched."""


class HomeNewer(UsageError):
    """The home was written by a later release; this program must not touch it."""


class InputRefused(XuanpinError):
    """A source drop cannot be trusted; nothing of it was kept and nothing was published."""

    exit_code = 3


class SourceLate(XuanpinError):
    """The rows of a day have not come yet; what was there has been kept, and looking again later may help."""

    exit_code = 3


class OutputCheckFailed(XuanpinError):
    """What the night computed breaks a published contract; nothing was published."""

    exit_code = 4


class HomeBusy(XuanpinError):
    """Another night holds the home folder."""

    exit_code = 5


class NothingPublished(XuanpinError):
    """The run ended without a newly published list: pending, held, rejected or fallback."""

    exit_code = 6


class DeliveryFailed(XuanpinError):
    """A receiver could not be brought level; what is published stands, and the next delivery tries again."""
