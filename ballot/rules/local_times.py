"""What a time on the wall clock means where clocks are put forward and back."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo


@dataclass(frozen=True)
class Reading:
    """The moments that a local time can mean: one, or two where it comes twice (`repeated`) or never (`missing`)."""

    moments: tuple[datetime, ...]
    missing: bool = False

    @property
    def repeated(self) -> bool:
        """Whether the clock shows this time twice."""
        return len(self.moments) > 1 and not self.missing


def read(wall: datetime, zone: tzinfo) -> Reading:
    """Give all that a time on the wall clock can mean, in UTC and in their order.

    On the night clocks are put back 02.30 comes twice: both are given. On the night they are put forward it
    never comes: it is given as each of the two offsets reads it, which is an hour apart. Raises ValueError
    for a time that has a zone already.
    """
    if wall.tzinfo is not None:
        raise ValueError("a time on the wall clock has no zone")
    moments = sorted({wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)})
    missing = all(moment.astimezone(zone).replace(tzinfo=None) != wall for moment in moments)
    return Reading(tuple(moments), missing)
