select
    count(*) filter (where copy_number = 1 and not is_stored) as new_rows,
    count(*) filter (where copy_number = 1 and is_correction) as corrections,
    count(*) filter (where is_stored) as stored_rows,
    count(*) filter (where copy_number > 1) as copies
from classified
