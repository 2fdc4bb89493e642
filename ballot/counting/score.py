"""Points to every candidate; the greatest sum or mean wins."""

from __future__ import annotations

from fractions import Fraction

from ballot.counting.sums import elect_by_sums
from ballot.counting.tally import Count

UNRATED = Fraction(-1)
"""The mean of a candidate nobody gave points: below every mean there is."""


def score(count: Count) -> None:
    """Add up the points and fill the seats from the greatest sum down.

    With `rules.score_mean` the mean decides: over all valid papers where `rules.score_blank_is_zero`, else
    over the papers that gave the candidate points. The stage shows the sums, the events the means.
    """
    points = dict.fromkeys(count.profile.standing, 0)
    given = dict.fromkeys(count.profile.standing, 0)
    for weight, scores in count.profile.scores:
        for candidate, number in scores:
            points[candidate] += weight * number
            given[candidate] += weight
    count.total = Fraction(sum(points.values()))
    count.say("counted")
    count.show(points)
    if count.rules.score_mean:
        everyone = count.profile.valid
        means: dict[int, Fraction | int] = {}
        for candidate in points:
            raters = everyone if count.rules.score_blank_is_zero else given[candidate]
            means[candidate] = Fraction(points[candidate], raters) if raters else UNRATED
            count.say("mean", candidate, points=points[candidate], papers=raters)
        elect_by_sums(count, means)
    else:
        elect_by_sums(count, points)
