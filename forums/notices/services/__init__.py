"""The verbs of the notices; they alone commit."""

from forums.notices.services import ends, following, telling

__all__ = ["ends", "following", "telling"]
