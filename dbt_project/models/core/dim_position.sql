-- Positions by unit, from the agencies' own lists.
with positions as (
    select * from {{ ref('stg_jabatan') }}
)

select
    positions.period,
    positions.agency_code,
    positions.position_code,
    positions.unit_code,
    positions.position_name,
    positions.position_level,
    positions.job_family,
    positions.needed,
    positions.is_strategic,
    positions.position_class,
    positions.is_carried_forward
from positions
