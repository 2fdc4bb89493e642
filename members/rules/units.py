"""Where a unit stands in the tree of units."""

EVERYWHERE = "/"
"""The path that stands above every unit."""


def within(unit_path: str, top: str) -> bool:
    """Say whether the unit is `top` or stands below it. A path names the ids from the root down: "/1/4/"."""
    return unit_path.startswith(top)
