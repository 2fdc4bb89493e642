"""A new member's first page, and the task of somebody near her to make contact."""
