"""A query of one's own is answered as a frame, by a login that can change nothing."""

import pandas as pd
import pyarrow as pa
import pytest
import warehouse as wh

from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql


def test_a_select_is_answered_as_a_frame_with_numbers_and_utc_times(shared_warehouse: Warehouse) -> None:
    frame = wh.sql(
        "select $1::integer as n, sum(x) as total, '2026-04-01Z'::timestamptz as at from (values (1.5), (2)) v (x);", 7
    )
    assert frame.iloc[0].tolist() == [7, 3.5, pd.Timestamp("2026-04-01", tz="UTC")]
    assert frame["total"].dtype == "float64"
    assert wh.sql("select sum(null::numeric) as total", into="arrow")["total"].type == pa.float64()
    assert wh.sql("select grid_id from marts.dim_grid where false", into="polars").height == 0


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select * from marts.dim_gird", "refuses the query .*dim_gird.*Enter one select"),
        ("-- two\nselect 1; select 2", "refuses the query"),
        ("delete from marts.dim_grid", "not a select"),
        ("commit", "not a select"),
        ("with gone as (delete from marts.catalog_version returning 1) select * from gone", "refuses the query"),
        ("select * from staging.stg_measures", "refuses the query .*permission denied"),
        (" ;", "not a select"),
    ],
)
def test_anything_but_a_select_over_the_marts_is_refused(shared_warehouse: Warehouse, query: str, message: str) -> None:
    with pytest.raises(wh.ReadError, match=message):
        wh.sql(query)
    assert len(wh.sql("select 1 as one")) == 1
