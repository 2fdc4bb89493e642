"""Threads that members ask to have linked to a case: five may ask, and get an answer with a reason within 48 hours."""
