"""Checks a published ballot archive without database or application: standard library and `cryptography` only."""
