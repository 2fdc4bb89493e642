"""The doors of the register: signing in, one's own pages, the officers' and the administrator's."""

from members.views import administration, codes, own, signing_in, structure
from members.views.blueprint import bp

__all__ = ["administration", "bp", "codes", "own", "signing_in", "structure"]
