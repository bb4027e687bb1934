"""AEMO: market time is +10:00 all year, a stamp ends its interval, and C/I/D lines hold several tables."""

from loaders.formats import format_named
from tests.support.described_files import COLLECTED_AT, blanks, read_rows, stored

HEAD = "C,NEMP.WORLD,DISPATCHIS,AEMO,PUBLIC,{day},{clock},0000000433,DISPATCHIS,0000000433\n"
OTHER = 'I,DISPATCH,CASE_SOLUTION,2,SETTLEMENTDATE,RUNNO\nD,DISPATCH,CASE_SOLUTION,2,"{day} {end}",1\n'
PRICE = (
    "I,DISPATCH,PRICE,5,SETTLEMENTDATE,RUNNO,REGIONID,DISPATCHINTERVAL,INTERVENTION,RRP\n"
    'D,DISPATCH,PRICE,5,"{day} {end}",1,NSW1,1,0,75.5\nD,DISPATCH,PRICE,5,"{day} {end}",1,NSW1,1,1,80\n'
    'D,DISPATCH,PRICE,5,"{day} {end}",1,VIC1,1,0,\n'
)


def test_dispatch_prices(write):
    # In New South Wales the clocks change on 2024-04-07 and 2024-10-06; market time does not.
    for day, start in (("2024/04/07", "2024-04-06T17:00"), ("2024/10/06", "2024-10-05T17:00")):
        content = (HEAD + OTHER + PRICE + "C,END OF REPORT,7\n").format(day=day, clock="03:00:03", end="03:05:00")
        rows = read_rows("aemo-dispatch-price", write(content))
        assert stored(rows) == [("NSW1", "price", start, 75.5)]
        assert blanks(rows) == 1
        assert {f"{row['collected_at']:%Y-%m-%dT%H:%M:%S}" for row in rows} == {start + ":03"}
        assert {(row["unit"], row["resolution"]) for row in rows} == {("AUD/MWh", "PT5M")}


def test_price_and_demand(write):
    content = (
        "REGION,SETTLEMENTDATE,TOTALDEMAND,RRP,PERIODTYPE\nNSW1,2024/04/07 03:00:00,7000.5,50,TRADE\n"
        "NSW1,2024/10/06 03:00:00,7100,-10.25,TRADE\nNSW1,2024/10/06 03:05:00,,,TRADE\n"
    )
    rows = read_rows("aemo-price-and-demand", write(content), collected_at=COLLECTED_AT)
    assert stored(rows) == [
        ("NSW1", "load", "2024-04-06T16:55", 7000.5),
        ("NSW1", "load", "2024-10-05T16:55", 7100),
        ("NSW1", "price", "2024-04-06T16:55", 50),
        ("NSW1", "price", "2024-10-05T16:55", -10.25),
    ]
    assert blanks(rows) == 2
    assert format_named("aemo-price-and-demand").time_zone_of("NEM") == "Australia/Brisbane"
