"""What telling people of alarms costs: a mail or a call of an address for each time that an alarm goes on or off.

https://aws.amazon.com/sns/pricing/
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from modelyard.catalog.schema import AlarmTargets
from modelyard.pricing.band import Band
from modelyard.pricing.line import Line, Rates, line
from modelyard.pricing.meters import NOTICES_BY_HTTPS, NOTICES_BY_MAIL

# An alarm that goes on goes off again. Nobody knows how often: expected is once a month, at the most once a day.
_NOTICES_OF_AN_ALARM = Band(low=Decimal(0), expected=Decimal(2), high=Decimal(60))


def notice_lines(recipients: AlarmTargets, alarms: int, rates: Rates) -> Iterator[Line]:
    """Mails and calls for so many alarms, if each goes on once a month."""
    told = _NOTICES_OF_AN_ALARM.times(alarms)
    once = "if each alarm goes on once a month"
    if recipients.email:
        mails = told.times(len(recipients.email))
        yield line("alarms", f"mails to {_addresses(len(recipients.email))}, {once}", NOTICES_BY_MAIL, mails, rates)
    if recipients.https:
        calls = told.times(len(recipients.https))
        yield line("alarms", f"calls of {_addresses(len(recipients.https))}, {once}", NOTICES_BY_HTTPS, calls, rates)


def _addresses(count: int) -> str:
    return f"{count} address{'' if count == 1 else 'es'}"
