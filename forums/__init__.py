"""Deliberation: policy areas, cases, threads, posts and their moderation."""
