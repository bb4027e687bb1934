"""Small documents in the format of the ENTSO-E transparency platform."""

DE = "10Y1001A1001A82H"


def series(start: str, end: str, resolution: str, points: dict[int, float], inside: str, curve: str = "A03") -> str:
    """Return one TimeSeries; inside: what it states besides the period."""
    listed = "".join(
        f"<Point><position>{position}</position><VALUE>{value}</VALUE></Point>" for position, value in points.items()
    )
    return (
        f"<TimeSeries><mRID>1</mRID>{inside}<curveType>{curve}</curveType><Period><timeInterval><start>{start}</start>"
        f"<end>{end}</end></timeInterval><resolution>{resolution}</resolution>{listed}</Period></TimeSeries>"
    )


def document(process: str, kind: str, *parts: str, value: str = "quantity") -> str:
    body = "".join(parts).replace("VALUE", value)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<GL_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-6:generationload">'
        f"<type>{kind}</type><process.processType>{process}</process.processType>"
        f"<createdDateTime>2024-11-01T00:00:00Z</createdDateTime>{body}</GL_MarketDocument>"
    )


def load(business: str = "A04") -> str:
    return (
        f"<businessType>{business}</businessType><outBiddingZone_Domain.mRID>{DE}</outBiddingZone_Domain.mRID>"
        "<quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name>"
    )


def price() -> str:
    return (
        f"<in_Domain.mRID>{DE}</in_Domain.mRID><currency_Unit.name>EUR</currency_Unit.name>"
        "<price_Measure_Unit.name>MWH</price_Measure_Unit.name>"
    )
