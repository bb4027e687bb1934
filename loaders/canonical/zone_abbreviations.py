"""Abbreviations of time zones, and the offsets that they mean."""

# Standard time, daylight saving time, in minutes east of UTC; None where the abbreviation says nothing about it.
ABBREVIATIONS: dict[str, tuple[int | None, int | None]] = {
    "WET": (0, None), "WEST": (None, 60), "BST": (None, 60), "CET": (60, None), "CEST": (None, 120),
    "MEZ": (60, None), "MESZ": (None, 120), "EET": (120, None), "EEST": (None, 180), "MSK": (180, 180),
    "TRT": (180, 180), "SAST": (120, 120), "GST": (240, 240), "SGT": (480, 480), "HKT": (480, 480),
    "JST": (540, 540), "KST": (540, 540), "AWST": (480, 480), "ACST": (570, None), "ACDT": (None, 630),
    "AEST": (600, None), "AEDT": (None, 660), "NZST": (720, None), "NZDT": (None, 780), "BRT": (-180, -180),
    "NST": (-210, None), "NDT": (None, -150), "AST": (-240, None), "ADT": (None, -180), "EST": (-300, None),
    "EDT": (None, -240), "EPT": (-300, -240), "CST": (-360, None), "CDT": (None, -300), "CPT": (-360, -300),
    "MST": (-420, None), "MDT": (None, -360), "MPT": (-420, -360), "PST": (-480, None), "PDT": (None, -420),
    "PPT": (-480, -420), "AKST": (-540, None), "AKDT": (None, -480), "HST": (-600, -600),
}  # fmt: skip


def offset_of(text: str) -> int | None:
    """Return the one offset that an abbreviation of a row means, in minutes east of UTC; None for two or none."""
    if text.upper() in ("UTC", "GMT"):
        return 0
    offsets = {offset for offset in ABBREVIATIONS.get(text.upper(), ()) if offset is not None}
    return offsets.pop() if len(offsets) == 1 else None
