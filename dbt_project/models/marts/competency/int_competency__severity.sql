{{ config(schema='core') }}

-- Severity of every gap that two levels of 1 to 5 can have, read once from the bands.
with numbers as (
    {{ dbt.generate_series(9) | trim | indent(4) }}
),

gaps as (
    select cast(generated_number as integer) - 5 as gap
    from numbers
)

select
    gaps.gap,
    bands.code as severity
from gaps
inner join {{ ref('rule_band') }} as bands
    on {{ band_join('gaps.gap', "'gap_severity'", 'bands') }}
