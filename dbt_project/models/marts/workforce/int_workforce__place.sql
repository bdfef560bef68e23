{{ config(schema='core') }}

{% set horizons = [12, 24, 36, 60] %}

-- People needed and people there, place by place: a surplus in one place fills no vacancy in
-- another. A place that is held but not listed has people and no number of people needed.
with people as (
    select * from {{ ref('dim_person') }}
    where is_counted
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

-- Of agencies that are no longer in force nobody counts, so their positions need nobody.
places as (
    select place.*
    from {{ ref('int_position__place') }} as place
    inner join agencies on place.agency_code = agencies.agency_code
),

rules as (
    select
        {{ rule_value('workforce', 'retirement_12_months') }} as horizon_12,
        {{ rule_value('workforce', 'retirement_24_months') }} as horizon_24,
        {{ rule_value('workforce', 'retirement_36_months') }} as horizon_36,
        {{ rule_value('workforce', 'retirement_60_months') }} as horizon_60
),

staffed as (
    select
        people.agency_code,
        people.position_code,
        people.unit_code,
        coalesce(places.position_level, people.position_level) as position_level,
        count(*) as filled,
        count(people.months_to_retirement) as retirement_known,
        {%- for horizon in horizons %}
        count(case when people.months_to_retirement <= rules.horizon_{{ horizon }} then 1 end)
            as retiring_{{ horizon }},
        {%- endfor %}
        bool_or(people.is_carried_forward) as is_carried_forward
    from people
    inner join places
        on
            people.agency_code = places.agency_code
            and people.position_code = places.position_code
            and people.unit_code = places.unit_code
    cross join rules
    group by
        people.agency_code,
        people.position_code,
        people.unit_code,
        coalesce(places.position_level, people.position_level)
),

joined as (
    select
        places.agency_code,
        places.position_code,
        places.unit_code,
        coalesce(places.position_level, staffed.position_level) as position_level,
        places.job_family,
        places.is_listed,
        places.needed,
        coalesce(staffed.filled, 0) as filled,
        coalesce(staffed.retirement_known, 0) as retirement_known,
        {%- for horizon in horizons %}
        coalesce(staffed.retiring_{{ horizon }}, 0) as retiring_{{ horizon }},
        {%- endfor %}
        places.is_carried_forward or coalesce(staffed.is_carried_forward, false) as is_carried_forward
    from places
    left join staffed
        on
            places.agency_code = staffed.agency_code
            and places.position_code = staffed.position_code
            and places.unit_code = staffed.unit_code
)

select
    agency_code,
    position_code,
    unit_code,
    position_level,
    job_family,
    needed,
    filled,
    case when not is_listed then filled else 0 end as unlisted,
    case when needed > filled then needed - filled when is_listed then 0 end as vacant,
    case when needed < filled then filled - needed when is_listed then 0 end as surplus,
    retirement_known,
    {%- for horizon in horizons %}
    retiring_{{ horizon }},
    {%- endfor %}
    case when is_listed then needed - filled + retiring_{{ horizons[0] }} end as net_need,
    is_carried_forward
from joined
