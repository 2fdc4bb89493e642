"""What is kept back where so few vote that somebody could guess how others voted (SECRECY.md)."""

from collections.abc import Mapping, Sequence

SMALL_ROLL = 10
TURNOUT_ROLL = 25
SMALL_CELL = 5


def is_small_roll(entitled: int) -> bool:
    """Say whether the board is warned and has to confirm: fewer than 10 on the roll.

    SECRECY.md names no number for "unanimous results in a small roll"; its one floor for a tiny group is
    10, so that is the same number here.
    """
    return entitled < SMALL_ROLL


def are_rankings_small(entitled: int, papers: int) -> bool:
    """Say whether rankings or points are kept back paper by paper (SECRECY.md): below 25 on the roll, or 10 papers.

    Eight candidates can be ranked in 109 600 ways, so that nearly every paper is the only one of its kind.
    """
    return entitled < TURNOUT_ROLL or papers < SMALL_ROLL


def turnout_while_open(entitled: int, voted: int) -> int | None:
    """Give the turnout that may be shown while voting runs, None where the roll is below 25.

    Rounded down to a multiple of 5, so that no single vote shows and never more are said to have voted than
    have. Called by the hourly tick alone.
    """
    if entitled < TURNOUT_ROLL:
        return None
    return voted - voted % SMALL_CELL


def numbers_hidden(entitled: int, votes: Sequence[int]) -> bool:
    """Say whether only the decision is shown, and the numbers to the tellers alone.

    `votes` by option, blank as one of them: all papers alike in a small roll tell how everybody voted.
    """
    return is_small_roll(entitled) and sum(1 for number in votes if number > 0) == 1


def shown_count(number: int) -> int | None:
    """Give a count of people that the board may see, None for "fewer than 5"."""
    return number if number >= SMALL_CELL else None


def breakdown(cells: Mapping[str, int]) -> dict[str, int | None]:
    """Hide the cells of a breakdown that are too small, with complementary suppression; None is a hidden cell.

    `cells` are people who voted, or did not, by group, and their sum is public. Each cell and its
    complement must be at least 5, and what is hidden must not follow from the sum: so never one cell alone,
    and never cells that sum to less than 5.
    """
    total = sum(cells.values())
    by_size = sorted(cells, key=lambda name: (cells[name], name))
    hidden = {name for name in by_size if cells[name] < SMALL_CELL or total - cells[name] < SMALL_CELL}
    for name in by_size:
        if not hidden or sum(cells[other] for other in hidden) >= SMALL_CELL:
            break
        hidden.add(name)
    return {name: None if name in hidden else number for name, number in cells.items()}
