"""A meeting as a calendar file (RFC 5545)."""

from __future__ import annotations

from icalendar import Calendar, Event

from forums.meetings.models import Meeting


def calendar_of(meeting: Meeting, url: str) -> bytes:
    """One event, with times in UTC; the same file again replaces it in the reader's calendar."""
    event = Event()
    event.add("uid", f"meeting-{meeting.id}@grasrot.invalid")
    event.add("dtstamp", meeting.cancelled_at or meeting.announced_at)
    event.add("dtstart", meeting.starts_at)
    event.add("dtend", meeting.ends_at)
    event.add("summary", meeting.title)
    event.add("location", meeting.place or meeting.video_url)
    event.add("description", f"{meeting.video_url}\n{url}".strip())
    event.add("url", url)
    # A calendar at work shows the time as taken, and no more.
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if meeting.cancelled_at else "CONFIRMED")
    event.add("sequence", 1 if meeting.cancelled_at else 0)
    calendar = Calendar()
    calendar.add("prodid", "-//Grasrot//NO")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    file: bytes = calendar.to_ical()
    return file
