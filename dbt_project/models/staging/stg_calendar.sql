-- Which dataset is expected for which month, and when it is due.
with source as (
    select * from {{ source('reference', 'kalender') }}
)

select
    {{ month_start('source.period') }} as period,
    source.dataset,
    source.jatuh_tempo as due_on,
    source.wajib = 'Y' as is_expected
from source
