select
    gate,
    expectation,
    scope,
    counted,
    detail,
    observed,
    passed as is_passed,
    examples,
    checked_at
from {{ source('raw', 'check_results') }}
