from pathlib import Path
from loaders.gates import check_raw, check_marts
from loaders.seeding import load_seed
from loaders.ingest import *
from loaders.settings import PROJECT_ROOT
import shutil
def test_seed(warehouse, tmp_path):
    load_seed(2, 7)
    warehouse.build()
    for c in (check_raw, check_marts):
        r = c(tmp_path); print(r.passed, [(o.name,o.detail) for o in r.failures])
    D=PROJECT_ROOT.parent/'shared'/'data'
    for pat,form in (('isone/reliabilityregionloadforecast_*.json','isone-load-forecast'),('caiso/*.csv','caiso'),('eia930/raw/release_20*/*.csv.gz','eia930')):
        try:
            o=ingest_files(find_files([str(D/pat)]), IngestOptions(form, create_missing=True), jobs=2)
            print(form,[x.error for x in o if x.error][:2], {x.result.status for x in o if x.result})
        except Exception as e: print(form, repr(e)[:300])
    warehouse.apply_loads()
    import time
    for c in (check_raw, check_marts):
        t=time.monotonic(); r = c(tmp_path); print(time.monotonic()-t, r.passed, [(o.name,o.observed,o.detail[:900]) for o in r.failures])
    print(warehouse.query("select source, metric, rule, count(*), count(distinct node_name) from marts.fct_quality_flags group by 1,2,3 order by 1,2,3"))
    t=time.monotonic(); print(warehouse.query("select count(*) from (select series_id, interval_start, collected_at, string_agg(rule, ', ' order by rule) from staging.int_quality_flags group by 1,2,3) x"), time.monotonic()-t)
    shutil.copytree(tmp_path, '/tmp/w/g_reports', dirs_exist_ok=True)
