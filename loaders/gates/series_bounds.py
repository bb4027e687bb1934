"""The extremes of what a load delivered of a series. They show for most series that no row can break a rule.

Bounds are only ever too wide: a series that may break a rule by its bounds is evaluated row by row.
"""

from dataclasses import dataclass

# Times arrive as seconds in double precision, which is exact to less than a microsecond.
SLACK = 0.001
# Steps of months and years differ in length; none is longer than this many times the length that the server gives them.
LONGEST_OF_STEP = 1.04
# A flat line is looked for at so many instants within the time that is allowed.
INSTANTS = 4


@dataclass(frozen=True)
class SeriesBounds:
    """Bounds of the rows of one load and series.

    value_min, value_max: in the unit of the series; None where no row has a value. first_time: the earliest
    interval_start or collected_at, in seconds since 1970. All others are in seconds: collected_after_load and
    interval_after_load from the storing of the load to the latest time, longest_lead from collected_at to
    interval_start and longest_delay back, span between the first and the last interval_start, step one interval.
    """

    null_count: int
    value_min: float | None
    value_max: float | None
    first_time: float
    collected_after_load: float
    interval_after_load: float
    longest_lead: float
    longest_delay: float
    span: float
    step: float


def may_exceed(seconds: float, limit: float) -> bool:
    """Return whether a time that was rounded may be beyond a limit. Not-a-number may."""
    return not seconds <= limit - SLACK


def seconds_between_instants(longest: float, step: float) -> float | None:
    """Return the distance of instants of which a flat line beyond `longest` covers INSTANTS.

    None where the steps are too long for that: no interval may cover two of them, even where the next one is half a
    step late.
    """
    distance = float((longest - step * LONGEST_OF_STEP) // INSTANTS)
    return distance if distance >= 1.5 * LONGEST_OF_STEP * step else None
