"""The pages of the debate: areas, cases, threads, posts and what moderators do."""

from forums.views import areas, cases, live, moderation, papers, posts, threads
from forums.views.blueprint import bp

__all__ = ["areas", "bp", "cases", "live", "moderation", "papers", "posts", "threads"]
