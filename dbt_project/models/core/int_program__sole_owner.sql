-- Runs that exactly one agency has: a participant sent by another agency can only mean this one.
select
    program_code,
    run,
    min(agency_code) as agency_code
from {{ ref('dim_program') }}
group by program_code, run
having count(*) = 1
