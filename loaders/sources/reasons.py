"""Why a row could not be stored: the short fixed list."""

from enum import StrEnum


class Reason(StrEnum):
    """A reason of rejection; first what reading finds, then what matching and storing find."""

    WRONG_COLUMN_COUNT = "wrong_column_count"
    BAD_LINE = "bad_line"
    MISSING_FIELD = "missing_field"
    BAD_NAME = "bad_name"
    BAD_TIME = "bad_time"
    NAIVE_TIME = "naive_time"
    AMBIGUOUS_TIME = "ambiguous_time"
    NONEXISTENT_TIME = "nonexistent_time"
    TIME_OUT_OF_RANGE = "time_out_of_range"
    BAD_NUMBER = "bad_number"
    NOT_FINITE = "not_finite"
    BAD_RESOLUTION = "bad_resolution"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_GRID = "unknown_grid"
    UNKNOWN_REGION = "unknown_region"
    UNKNOWN_NODE = "unknown_node"
    UNKNOWN_METRIC = "unknown_metric"
    UNKNOWN_SERIES = "unknown_series"
    NOT_ALIGNED = "not_aligned"
    CONFLICTING_VALUE = "conflicting_value"

    @property
    def meaning(self) -> str:
        """One sentence for the person who mends the row."""
        return _MEANINGS[self]


_MEANINGS = {
    Reason.WRONG_COLUMN_COUNT: "The row has more or fewer fields than the header.",
    Reason.BAD_LINE: "The line is not one record: a quote is not closed, or it is no JSON object of plain fields.",
    Reason.MISSING_FIELD: "A grid, region, node, metric, interval_start or collected_at is empty.",
    Reason.BAD_NAME: "A name holds a control character or is longer than 200 characters.",
    Reason.BAD_TIME: "A time is no ISO 8601 date and time.",
    Reason.NAIVE_TIME: "A time has no offset and no Z; add one, or name the zone of the file's times.",
    Reason.AMBIGUOUS_TIME: "The clocks were put back: this local time happened twice; give its offset.",
    Reason.NONEXISTENT_TIME: "The clocks were put forward: this local time never happened.",
    Reason.TIME_OUT_OF_RANGE: "A time is before 1980 or after 2099.",
    Reason.BAD_NUMBER: "The value is not a number.",
    Reason.NOT_FINITE: "The value is infinite, too large for a double, or not-a-number; leave it empty to withdraw it.",
    Reason.BAD_RESOLUTION: "The resolution is no ISO 8601 duration that divides a day, such as PT15M.",
    Reason.UNKNOWN_UNIT: "The unit cannot be converted to the metric's unit.",
    Reason.UNKNOWN_GRID: "The grid is not registered.",
    Reason.UNKNOWN_REGION: "The region is not registered in its grid.",
    Reason.UNKNOWN_NODE: "The node is not registered in its region.",
    Reason.UNKNOWN_METRIC: "The metric is not registered.",
    Reason.UNKNOWN_SERIES: "The node has no series of that metric and source.",
    Reason.NOT_ALIGNED: "interval_start is not the start of an interval of the series' resolution.",
    Reason.CONFLICTING_VALUE: "The same load gives this series, interval and collected_at another value.",
}
