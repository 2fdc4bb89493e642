"""Texts under way, kept for their author until they are sent: a text is never lost."""
