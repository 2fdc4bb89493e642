"""Meetings about a case: announced to all it concerns, and being there counts as taking part."""
