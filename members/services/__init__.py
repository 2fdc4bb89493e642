"""What can be done in the register, one verb for each act; each commits by itself."""

from members.services.signing_in import end_session, start_session

__all__ = ["end_session", "start_session"]
