"""Times, dates and numbers as people of the reader's language write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import current_app
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup, escape

from foundation import clock

NBSP = "\N{NO-BREAK SPACE}"


def zone() -> ZoneInfo:
    """The organisation's time zone."""
    return ZoneInfo(current_app.config["TIMEZONE"])


def _language() -> str:
    return str(get_locale() or "nb")


def local(at: datetime) -> datetime:
    """The moment on the organisation's clock."""
    return at.astimezone(zone())


def moment(at: datetime) -> str:
    """«mandag 16. mars kl. 20.00»; the year only when it is not this year's."""
    there = local(at)
    language = _language()
    year = there.year != local(clock.now()).year
    # Day and month, and «kl.» and the clock, stay on one line on the narrowest phone.
    if language == "en":
        pattern = f"EEEE d{NBSP}MMMM y, HH:mm" if year else f"EEEE d{NBSP}MMMM, HH:mm"
    else:
        pattern = f"EEEE d.{NBSP}MMMM y 'kl'.{NBSP}HH.mm" if year else f"EEEE d.{NBSP}MMMM 'kl'.{NBSP}HH.mm"
    return format_datetime(there, pattern, locale=language)


def day(on: date | datetime) -> str:
    """«16. mars 2026», in English “16 March 2026”."""
    if isinstance(on, datetime):
        on = local(on).date()
    language = _language()
    return format_date(on, f"d{NBSP}MMMM y" if language == "en" else f"d.{NBSP}MMMM y", locale=language)


def clock_time(at: datetime) -> str:
    """«14.05», in English “14:05”."""
    return local(at).strftime("%H:%M" if _language() == "en" else "%H.%M")


def weekday(at: datetime) -> str:
    """«tirsdag»."""
    return format_date(local(at).date(), "EEEE", locale=_language())


def number(value: int) -> str:
    """A whole number with a non-breaking space between thousands («1 204»)."""
    return f"{value:,}".replace(",", NBSP)


def percent(part: int, whole: int) -> str:
    """«54,3 %» of `whole`, half up at one decimal, by integers alone; nothing of nothing is «0 %»."""
    if not whole:
        return f"0{NBSP}%"
    tenths = (part * 2000 + whole) // (2 * whole)
    text = format_decimal(tenths // 10 if tenths % 10 == 0 else tenths / 10, locale=_language())
    return text + ("%" if _language() == "en" else f"{NBSP}%")


def left(until: datetime, at: datetime | None = None) -> str:
    """What is left until a moment: «3 dager», «5 timer», «12 minutter», «under ett minutt»."""
    rest = until - (at or clock.now())
    if rest < timedelta(0):
        return _("utløpt")
    days, hours, minutes = rest.days, rest.seconds // 3600, rest.seconds // 60 % 60
    if days >= 2:
        return ngettext("%(num)s dag", "%(num)s dager", days)
    hours += 24 * days
    if hours >= 2:
        return ngettext("%(num)s time", "%(num)s timer", hours)
    minutes += 60 * hours
    if minutes:
        return ngettext("%(num)s minutt", "%(num)s minutter", minutes)
    return _("under ett minutt")


def moment_tag(at: datetime) -> Markup:
    """A moment as a <time> element, for machines and people."""
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), moment(at))


def deadline_tag(until: datetime) -> Markup:
    """A deadline as a <time> element with weekday, date, clock and what is left."""
    rest = until - clock.now()
    if rest <= timedelta(0):
        return moment_tag(until)
    remaining = escape(_("%(left)s igjen", left=left(until)))
    return Markup('{} <span class="gr-left" data-until="{}">({})</span>').format(
        moment_tag(until), until.isoformat(), remaining
    )
