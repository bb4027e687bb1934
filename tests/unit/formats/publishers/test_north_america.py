"""Publishers of North America: a tiny file of each with a spring day, an autumn day and a blank."""

import zipfile

import pytest

from tests.support.described_files import COLLECTED_AT, blanks, read_rows, stored
from tests.support.workbooks import write_workbook

PJM_TIMES = ("3/10/2024 6:00:00 AM", "3/10/2024 7:00:00 AM", "11/3/2024 5:00:00 AM", "11/3/2024 6:00:00 AM")
PJM_STARTS = ("2024-03-10T06:00", "2024-03-10T07:00", "2024-11-03T05:00", "2024-11-03T06:00")
# name → (content, the rows as (node, metric, start in UTC, value), blanks)
FILES = {
    "nyiso-load-forecast": (
        '"Time Stamp","Capitl","Hud Vl","NYISO"\n03/10/2024 01:00,1,10,11\n03/10/2024 03:00,2,,12\n'
        "11/03/2024 00:00,3,30,33\n11/03/2024 01:00,4,40,44\n11/03/2024 01:00,5,50,55\n11/03/2024 02:00,6,60,66\n",
        [
            *(("CAPITL", "load_forecast", start, value) for start, value in zip(
                ("2024-03-10T06:00", "2024-03-10T07:00", "2024-11-03T04:00", "2024-11-03T05:00", "2024-11-03T06:00",
                 "2024-11-03T07:00"), (1, 2, 3, 4, 5, 6), strict=True)),
            *(("HUD VL", "load_forecast", start, value) for start, value in zip(
                ("2024-03-10T06:00", "2024-11-03T04:00", "2024-11-03T05:00", "2024-11-03T06:00", "2024-11-03T07:00"),
                (10, 30, 40, 50, 60), strict=True)),
        ],
        1,
    ),
    "nyiso-real-time-load": (
        '"Time Stamp","Time Zone","Name","PTID","Load"\n"03/10/2024 01:55:00","EST","WEST",1,1\n'
        '"03/10/2024 03:00:00","EDT","WEST",1,2\n"11/03/2024 01:55:00","EDT","WEST",1,3\n'
        '"11/03/2024 01:00:00","EST","WEST",1,4\n"11/03/2024 01:05:00","EST","WEST",1,\n',
        [
            ("WEST", "load", "2024-03-10T06:55", 1),
            ("WEST", "load", "2024-03-10T07:00", 2),
            ("WEST", "load", "2024-11-03T05:55", 3),
            ("WEST", "load", "2024-11-03T06:00", 4),
        ],
        1,
    ),
    "nyiso-day-ahead-prices": (
        '"Time Stamp","Name","PTID","LBMP ($/MWHr)","Losses"\n"03/10/2024 03:00","WEST",1,20.5,1\n'
        '"11/03/2024 00:00","WEST",1,1,1\n"11/03/2024 01:00","WEST",1,-3,1\n"11/03/2024 01:00","WEST",1,4,1\n'
        '"11/03/2024 02:00","WEST",1,,1\n',
        [
            ("WEST", "price", "2024-03-10T07:00", 20.5),
            ("WEST", "price", "2024-11-03T04:00", 1),
            ("WEST", "price", "2024-11-03T05:00", -3),
            ("WEST", "price", "2024-11-03T06:00", 4),
        ],
        1,
    ),
    "pjm-metered-load": (
        "datetime_beginning_utc,datetime_beginning_ept,nerc_region,mkt_region,zone,load_area,mw,is_verified\n"
        + "".join(f"{time},x,RFC,MIDATL,AE,AECO,{row},true\n" for row, time in enumerate(PJM_TIMES))
        + "11/3/2024 7:00:00 AM,x,RFC,MIDATL,AE,AECO,,false\n11/3/2024 7:00:00 AM,x,RTO,RTO,RTO,RTO,90000,false\n",
        [("AECO", "load", start, row) for row, start in enumerate(PJM_STARTS)],
        1,
    ),
    "pjm-day-ahead-prices": (
        "datetime_beginning_utc,datetime_beginning_ept,pnode_id,pnode_name,type,total_lmp_da,congestion_price_da\n"
        + "".join(f"{time},x,1,PJM-RTO,ZONE,{row}.5,0\n" for row, time in enumerate(PJM_TIMES))
        + "11/3/2024 7:00:00 AM,x,1,PJM-RTO,ZONE,,0\n",
        [("PJM-RTO", "price", start, row + 0.5) for row, start in enumerate(PJM_STARTS)],
        1,
    ),
    "ercot-system-load": (
        "OperDay,HourEnding,COAST,EAST,TOTAL,DSTFlag\n03/10/2024,02:00,1,10,11,N\n03/10/2024,04:00,2,,2,N\n"
        "11/03/2024,02:00,3,30,33,N\n11/03/2024,02:00,4,40,44,Y\n11/03/2024,24:00,5,50,55,N\n",
        [
            ("COAST", "load", "2024-03-10T07:00", 1),
            ("COAST", "load", "2024-03-10T08:00", 2),
            ("COAST", "load", "2024-11-03T06:00", 3),
            ("COAST", "load", "2024-11-03T07:00", 4),
            ("COAST", "load", "2024-11-04T05:00", 5),
            ("EAST", "load", "2024-03-10T07:00", 10),
            ("EAST", "load", "2024-11-03T06:00", 30),
            ("EAST", "load", "2024-11-03T07:00", 40),
            ("EAST", "load", "2024-11-04T05:00", 50),
        ],
        1,
    ),
    "ercot-real-time-prices": (
        "DeliveryDate,DeliveryHour,DeliveryInterval,SettlementPointName,SettlementPointType,SettlementPointPrice,DSTFlag\n"
        "03/10/2024,2,4,HB_NORTH,HU,1,N\n03/10/2024,4,1,HB_NORTH,HU,2,N\n11/03/2024,2,4,HB_NORTH,HU,3,N\n"
        "11/03/2024,2,1,HB_NORTH,HU,4,Y\n11/03/2024,24,4,HB_NORTH,HU,5,N\n11/03/2024,24,3,HB_NORTH,HU,,N\n",
        [
            ("HB_NORTH", "price", "2024-03-10T07:45", 1),
            ("HB_NORTH", "price", "2024-03-10T08:00", 2),
            ("HB_NORTH", "price", "2024-11-03T06:45", 3),
            ("HB_NORTH", "price", "2024-11-03T07:00", 4),
            ("HB_NORTH", "price", "2024-11-04T05:45", 5),
        ],
        1,
    ),
    "spp-day-ahead-prices": (
        "Interval,GMTIntervalEnd,Settlement Location,Pnode,LMP,MLC,MCC,MEC\n"
        "03/10/2024 04:00:00,03/10/2024 09:00:00,AEC,AEC,1.5,0,0,0\n"
        "11/03/2024 02:00:00,11/03/2024 07:00:00,AEC,AEC,2.5,0,0,0\n"
        "11/03/2024 02:00:00,11/03/2024 08:00:00,AEC,AEC,3.5,0,0,0\n"
        "11/03/2024 03:00:00,11/03/2024 09:00:00,AEC,AEC,,0,0,0\n",
        [
            ("AEC", "price", "2024-03-10T08:00", 1.5),
            ("AEC", "price", "2024-11-03T06:00", 2.5),
            ("AEC", "price", "2024-11-03T07:00", 3.5),
        ],
        1,
    ),
    "spp-load-forecast": (
        "Interval,GMTIntervalEnd,MTLF,Averaged Actual\n03/10/2024 04:00,03/10/2024 09:00,30000,29000\n"
        "11/03/2024 02:00,11/03/2024 08:00,31000,\n",
        [
            ("SPP", "load", "2024-03-10T08:00", 29000),
            ("SPP", "load_forecast", "2024-03-10T08:00", 30000),
            ("SPP", "load_forecast", "2024-11-03T07:00", 31000),
        ],
        1,
    ),
    "miso-day-ahead-prices": (
        "Day Ahead Market ExPost LMPs\n03/10/2024\n\n,,,All Hours-Ending are Eastern Standard Time (EST)\n"
        "Node,Type,Value,HE 1,HE 3,HE 24\nAECI,Interface,LMP,20.5,21.5,\nAECI,Interface,MCC,1,2,3\n",
        [("AECI", "price", "2024-03-10T05:00", 20.5), ("AECI", "price", "2024-03-10T07:00", 21.5)],
        1,
    ),
    "caiso-oasis-prices": (
        "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,NODE,MARKET_RUN_ID,LMP_TYPE,XML_DATA_ITEM,MW\n"
        "2024-03-10T10:00:00-00:00,x,2024-03-10,3,TH_NP15,DAM,LMP,LMP_PRC,20.5\n"
        "2024-03-10T10:00:00-00:00,x,2024-03-10,3,TH_NP15,DAM,MCE,LMP_ENE_PRC,20\n"
        "2024-11-03T09:00:00-00:00,x,2024-11-03,3,TH_NP15,DAM,LMP,LMP_PRC,-1\n"
        "2024-11-03T10:00:00-00:00,x,2024-11-03,4,TH_NP15,DAM,LMP,LMP_PRC,\n",
        [("TH_NP15", "price", "2024-03-10T10:00", 20.5), ("TH_NP15", "price", "2024-11-03T09:00", -1)],
        1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_both_clock_changes_is_read_right(name, write):
    content, expected, blank = FILES[name]
    rows = read_rows(name, write(content), collected_at=COLLECTED_AT)
    assert stored(rows) == expected
    assert blanks(rows) == blank


def test_a_zip_of_days_is_one_file(tmp_path):
    path = tmp_path / "20241101isolf_csv.zip"
    header = '"Time Stamp","Capitl","NYISO"\n'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("20241102isolf.csv", header + "11/02/2024 00:00,1,1\n")
        archive.writestr("20241103isolf.csv", header + "11/03/2024 01:00,2,2\n11/03/2024 01:00,3,3\n")
    rows = read_rows("nyiso-load-forecast", path, collected_at=COLLECTED_AT)
    assert [start for _, _, start, _ in stored(rows)] == ["2024-11-02T04:00", "2024-11-03T05:00", "2024-11-03T06:00"]


def test_pjm_forecasts_state_when_they_were_made(write):
    rows = read_rows(
        "pjm-load-forecast",
        write(
            "evaluated_at_utc,evaluated_at_ept,forecast_hour_beginning_utc,forecast_hour_beginning_ept,forecast_area,"
            "forecast_load_mw\n"
            "3/9/2024 2:45:00 PM,x,3/10/2024 7:00:00 AM,x,AEP,100\n"
            "11/2/2024 1:45:00 PM,x,11/3/2024 6:00:00 AM,x,AEP,101\n"
            "11/2/2024 1:45:00 PM,x,11/3/2024 6:00:00 AM,x,RTO,90000\n"
            "11/2/2024 1:45:00 PM,x,11/3/2024 7:00:00 AM,x,AEP,\n"
        ),
    )
    assert stored(rows) == [
        ("AEP", "load_forecast", "2024-03-10T07:00", 100),
        ("AEP", "load_forecast", "2024-11-03T06:00", 101),
    ]
    assert {f"{row['collected_at']:%m-%dT%H:%M}" for row in rows} == {"03-09T14:45", "11-02T13:45"}


def test_the_native_load_of_ercot_is_a_workbook(tmp_path):
    rows = [
        ["Hour Ending", "COAST", "FWEST", "ERCOT"],
        ["03/10/2024 02:00", 1.5, 10, 11.5],
        ["03/10/2024 04:00", 2.5, "", 2.5],
        ["11/03/2024 02:00", 3, 30, 33],
        ["11/03/2024 02:00 DST", 4, 40, 44],
        ["11/03/2024 24:00", 5, 50, 55],
    ]
    read = read_rows(
        "ercot-native-load", write_workbook(tmp_path / "Native_Load_2024.xlsx", rows), collected_at=COLLECTED_AT
    )
    assert stored(read) == [
        ("COAST", "load", "2024-03-10T07:00", 1.5),
        ("COAST", "load", "2024-03-10T08:00", 2.5),
        ("COAST", "load", "2024-11-03T06:00", 3),
        ("COAST", "load", "2024-11-03T07:00", 4),
        ("COAST", "load", "2024-11-04T05:00", 5),
        ("FAR_WEST", "load", "2024-03-10T07:00", 10),
        ("FAR_WEST", "load", "2024-11-03T06:00", 30),
        ("FAR_WEST", "load", "2024-11-03T07:00", 40),
        ("FAR_WEST", "load", "2024-11-04T05:00", 50),
    ]
    assert blanks(read) == 1


def test_ieso_demand_is_in_standard_time_all_year(write):
    content = (
        "\\\\Hourly Demand Report,,,\n\\\\Created at 2024-11-05 04:35:00,,,\n\\\\For 2024,,,\n"
        "Date,Hour,Market Demand,Ontario Demand\n2024-03-10,3,15000,14000\n2024-07-01,1,15000,14001\n"
        "2024-11-03,2,15000,14002\n2024-11-03,24,15000,\n"
    )
    rows = read_rows("ieso-demand", write(content))
    assert [(start, value) for _, _, start, value in stored(rows)] == [
        ("2024-03-10T07:00", 14000),
        ("2024-07-01T05:00", 14001),
        ("2024-11-03T06:00", 14002),
    ]
    assert {f"{row['collected_at']:%m-%dT%H:%M}" for row in rows} == {"11-05T09:35"}
    assert blanks(rows) == 1


def test_ieso_generator_output_is_xml(write):
    outputs = "".join(
        f"<Output><Hour>{hour}</Hour>{f'<EnergyMW>{mw}</EnergyMW>' if mw else ''}</Output>"
        for hour, mw in ((2, 800), (3, 801), (24, None))
    )
    for day, starts in (
        ("2024-03-10", ["2024-03-10T06:00", "2024-03-10T07:00"]),
        ("2024-11-03", ["2024-11-03T06:00", "2024-11-03T07:00"]),
    ):
        rows = read_rows(
            "ieso-generator-output",
            write(
                '<?xml version="1.0"?><IMODocument xmlns="http://www.theIMO.com/schema"><IMODocHeader>'
                f"<CreatedAt>{day}T23:45:00</CreatedAt></IMODocHeader><IMODocBody><Date>{day}</Date><Generators>"
                f"<Generator><GeneratorName>BRUCEA-G1</GeneratorName><Outputs>{outputs}</Outputs></Generator>"
                "</Generators></IMODocBody></IMODocument>"
            ),
        )
        assert stored(rows) == [("BRUCEA-G1", "generation", start, 800 + place) for place, start in enumerate(starts)]
        assert blanks(rows) == 1
