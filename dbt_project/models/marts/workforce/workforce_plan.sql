{% set horizons = [12, 24, 36, 60] %}

with places as (
    select * from {{ ref('int_workforce__place') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

lacking as (
    select * from {{ ref('int_workforce__lacking') }}
),

rolled as (
    select
        agency_code,
        position_level,
        job_family,
        sum(needed) as needed,
        sum(filled) as filled,
        sum(unlisted) as unlisted,
        sum(vacant) as vacant,
        sum(surplus) as surplus,
        sum(retirement_known) as retirement_known,
        {%- for horizon in horizons %}
        sum(retiring_{{ horizon }}) as retiring_{{ horizon }},
        {%- endfor %}
        sum(net_need) as net_need,
        bool_or(is_carried_forward) as is_carried_forward
    from places
    group by cube (agency_code, position_level, job_family)
    having count(*) > 0
)

select
    {{ period_first_day() }} as period,
    rolled.agency_code,
    agencies.agency_name,
    rolled.position_level,
    rolled.job_family,
    (
        rolled.agency_code is null or rolled.position_level is null or rolled.job_family is null
    ) as is_total,
    cast(rolled.needed as bigint) as needed,
    cast(rolled.filled as bigint) as filled,
    cast(rolled.unlisted as bigint) as unlisted,
    cast(rolled.vacant as bigint) as vacant,
    cast(rolled.surplus as bigint) as surplus,
    cast(rolled.retirement_known as bigint) as retirement_known,
    {%- for horizon in horizons %}
    cast(case when rolled.retirement_known > 0 then rolled.retiring_{{ horizon }} end as bigint)
        as retiring_{{ horizon }}_months,
    {%- endfor %}
    cast(rolled.net_need as bigint) as net_need_12_months,
    lacking.lacking_1 as lacking_competency_1,
    lacking.lacking_2 as lacking_competency_2,
    lacking.lacking_3 as lacking_competency_3,
    rolled.is_carried_forward
from rolled
left join agencies on rolled.agency_code = agencies.agency_code
left join lacking
    on
        rolled.agency_code is not distinct from lacking.agency_code
        and rolled.position_level is not distinct from lacking.position_level
        and rolled.job_family is not distinct from lacking.job_family
