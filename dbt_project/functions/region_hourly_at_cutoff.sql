{# The body is in macros/rollups/roll_up.sql. #}
{{ roll_up_as_of('region', at_cutoffs=true) }}
