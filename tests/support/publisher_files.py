"""Tiny files of publishers: each with a day of a spring clock change, one of an autumn clock change and a blank."""

import json

EIA_HEADER = "Balancing Authority,Data Date,UTC Time at End of Hour,Demand Forecast (MW),Demand (MW)\n"
OASIS_HEADER = "XML_DATA_ITEM,TAC_AREA_NAME,MARKET_RUN_ID,MW,INTERVALSTARTTIME_GMT\n"
SMARD_HEADER = "Datum von;Datum bis;Gesamt (Netzlast) [MWh] Berechnete Auflösungen\n"
API_RECORDS = [
    {"period": "2024-03-10T11", "respondent": "CISO", "type": "D", "value": "22000", "value-units": "megawatthours"},
    {"period": "2024-11-03T10", "respondent": "CISO", "type": "DF", "value": "21000", "value-units": "megawatthours"},
    {"period": "2024-11-03T11", "respondent": "CISO", "type": "D", "value": None, "value-units": "megawatthours"},
    {"period": "2024-11-03T11", "respondent": "CISO", "type": "NG", "value": "9", "value-units": "megawatthours"},
]
API_CSV = "period,respondent,type,value,value-units\n" + "".join(
    ",".join("" if text is None else text for text in record.values()) + "\n" for record in API_RECORDS
)
AWATTAR = [
    {"start_timestamp": 1711846800000, "end_timestamp": 1711850400000, "marketprice": 29.2, "unit": "Eur/MWh"},
    {"start_timestamp": 1729990800000, "end_timestamp": 1729994400000, "marketprice": -0.1, "unit": "Eur/MWh"},
    {"start_timestamp": 1729994400000, "end_timestamp": 1729998000000, "marketprice": None, "unit": "Eur/MWh"},
]
# name → (content, options, the rows as (node, metric, start in UTC, value in the unit))
SMALL_FILES = {
    "eia930-six-month": (
        EIA_HEADER
        + 'AECI,03/10/2024,03/10/2024 9:00:00 a.m.,"2,311","12,211"\nAECI,11/03/2024,11/03/2024 12:00:00 p.m.,,400\n',
        {},
        [
            ("AECI", "load", "2024-03-10T08:00", 12211),
            ("AECI", "load", "2024-11-03T11:00", 400),
            ("AECI", "load_forecast", "2024-03-10T08:00", 2311),
        ],
    ),
    "eia-api": (
        json.dumps({"response": {"data": API_RECORDS}}),
        {},
        [("CISO", "load", "2024-03-10T10:00", 22000), ("CISO", "load_forecast", "2024-11-03T09:00", 21000)],
    ),
    "eia-api-csv": (
        API_CSV,
        {},
        [("CISO", "load", "2024-03-10T10:00", 22000), ("CISO", "load_forecast", "2024-11-03T09:00", 21000)],
    ),
    "caiso-oasis-load-forecast": (
        OASIS_HEADER + "SYS_FCST_DA_MW,CA ISO-TAC,DAM,21045.5,2024-03-10T10:00:00-00:00\n"
        "SYS_FCST_DA_MW,PGE-TAC,DAM,9000,2024-03-10T10:00:00-00:00\n"
        "SYS_FCST_DA_MW,CA ISO-TAC,DAM,20000,2024-11-03T09:00:00-00:00\n"
        "SYS_FCST_DA_MW,CA ISO-TAC,DAM,,2024-11-03T10:00:00-00:00\n",
        {},
        [
            ("CAISO", "load_forecast", "2024-03-10T10:00", 21045.5),
            ("CAISO", "load_forecast", "2024-11-03T09:00", 20000),
        ],
    ),
    "nyiso-integrated-load": (
        '"Time Stamp","Time Zone","Name","PTID","Integrated Load"\n'
        '"03/10/2024 01:00:00","EST","CAPITL",61757,1\n"03/10/2024 03:00:00","EDT","CAPITL",61757,3\n'
        '"11/03/2024 01:00:00","EDT","CAPITL",61757,5\n"11/03/2024 01:00:00","EST","CAPITL",61757,6\n'
        '"11/03/2024 02:00:00","EST","CAPITL",61757,\n',
        {},
        [
            ("CAPITL", "load", "2024-03-10T06:00", 1),
            ("CAPITL", "load", "2024-03-10T07:00", 3),
            ("CAPITL", "load", "2024-11-03T05:00", 5),
            ("CAPITL", "load", "2024-11-03T06:00", 6),
        ],
    ),
    "isone-hourly-system-load": (
        '"C","Real-Time Hourly System Load"\n"H","Date","Hour Ending","Total Load"\n"H","Date","HE","MWh"\n'
        '"D","03/10/2024","02","1"\n"D","03/10/2024","04","4"\n'
        '"D","11/03/2024","02","5"\n"D","11/03/2024","02X","6"\n"D","11/03/2024","24","7"\n"D","11/03/2024","23",""\n'
        '"T","7"\n',
        {},
        [
            ("ISONE", "load", "2024-03-10T06:00", 1),
            ("ISONE", "load", "2024-03-10T07:00", 4),
            ("ISONE", "load", "2024-11-03T05:00", 5),
            ("ISONE", "load", "2024-11-03T06:00", 6),
            ("ISONE", "load", "2024-11-04T04:00", 7),
        ],
    ),
    "ercot-day-ahead-prices": (
        "DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,DSTFlag\n"
        "03/10/2024,02:00,HB_NORTH,1,N\n03/10/2024,04:00,HB_NORTH,2,N\n"
        "11/03/2024,02:00,HB_NORTH,3,N\n11/03/2024,02:00,HB_NORTH,99,Y\n11/03/2024,24:00,HB_NORTH,5,N\n"
        "11/03/2024,23:00,HB_NORTH,,N\n",
        {},
        [
            ("HB_NORTH", "price", "2024-03-10T07:00", 1),
            ("HB_NORTH", "price", "2024-03-10T08:00", 2),
            ("HB_NORTH", "price", "2024-11-03T06:00", 3),
            ("HB_NORTH", "price", "2024-11-03T07:00", 99),
            ("HB_NORTH", "price", "2024-11-04T05:00", 5),
        ],
    ),
    "smard-consumption-hourly": (
        SMARD_HEADER
        + "31.03.2024 01:00;31.03.2024 03:00;41.310,25\n31.03.2024 03:00;31.03.2024 04:00;-\n"
        + "27.10.2024 02:00;27.10.2024 02:00;40.120,5\n27.10.2024 02:00;27.10.2024 03:00;39.800\n",
        {},
        [
            ("DE", "load", "2024-03-31T00:00", 41310.25),
            ("DE", "load", "2024-10-27T00:00", 40120.5),
            ("DE", "load", "2024-10-27T01:00", 39800),
        ],
    ),
    "energinet-elspot": (
        "HourUTC;HourDK;PriceArea;SpotPriceDKK;SpotPriceEUR\n2024-03-31 01:00;2024-03-31 03:00;DK1;220,5;29,500000\n"
        "2024-10-27 01:00;2024-10-27 02:00;DK1;221;1045,310\n2024-10-27 02:00;2024-10-27 03:00;DK1;;\n",
        {"grid": "DK"},
        [("DK1", "price", "2024-03-31T01:00", 29.5), ("DK1", "price", "2024-10-27T01:00", 1045.31)],
    ),
    "elia-total-load": (
        "Datetime;Resolution code;Total Load;Most recent forecast\n2024-03-31T03:00:00+02:00;PT15M;8000.1;\n"
        "2024-10-27T02:00:00+02:00;PT15M;8000.1;8100\n2024-10-27T02:00:00+01:00;PT15M;7900.2;7950\n",
        {},
        [
            ("BE", "load", "2024-03-31T01:00", 8000.1),
            ("BE", "load", "2024-10-27T00:00", 8000.1),
            ("BE", "load", "2024-10-27T01:00", 7900.2),
            ("BE", "load_forecast", "2024-10-27T00:00", 8100),
            ("BE", "load_forecast", "2024-10-27T01:00", 7950),
        ],
    ),
    "awattar-market-data": (
        json.dumps({"object": "list", "data": AWATTAR}),
        {"grid": "AT"},
        [("AT", "price", "2024-03-31T01:00", 29.2), ("AT", "price", "2024-10-27T01:00", -0.1)],
    ),
}
