"""Demonstration data: an invented county party at work, made through the services that serve real ones."""
