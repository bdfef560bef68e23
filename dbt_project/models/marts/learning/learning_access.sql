with person_year as (
    select * from {{ ref('int_learning__person_year') }}
),

person as (
    select
        agency_code,
        person_key,
        region_code
    from {{ ref('dim_person') }}
    where is_counted
),

region as (
    select * from {{ ref('dim_region') }}
),

placed as (
    select
        case
            when region.is_remote then 'remote'
            when not region.is_remote then 'other'
            else 'unknown'
        end as region_class,
        coalesce(region.province_code, 'TIDAK_DIKETAHUI') as province_code,
        person_year.is_reported,
        person_year.hours,
        person_year.hours_e_learning,
        person_year.is_carried_forward
    from person_year
    inner join person
        on
            person_year.agency_code = person.agency_code
            and person_year.person_key = person.person_key
    left join region on person.region_code = region.region_code
),

grouped as (
    select
        region_class,
        province_code,
        {{ count_where('true') }} as people,
        {{ count_where('is_reported') }} as people_reported,
        {{ count_where('hours > 0') }} as with_learning,
        {{ count_where('hours_e_learning > 0') }} as with_e_learning,
        {{ exact_sum('hours') }} as hours_total,
        {{ exact_mean('hours') }} as hours_mean,
        {{ exact_sum('hours_e_learning') }} as hours_e_learning,
        bool_or(is_carried_forward) as is_carried_forward
    from placed
    group by cube (region_class, province_code)
    having count(*) > 0
)

select
    {{ period_first_day() }} as period,
    region_class,
    province_code,
    (region_class is null or province_code is null) as is_total,
    people,
    people_reported,
    case when people_reported > 0 then with_learning end as with_learning,
    {{ share('with_learning', 'people_reported') }} as with_learning_share,
    case when people_reported > 0 then with_e_learning end as with_e_learning,
    hours_total,
    hours_mean,
    hours_e_learning,
    {{ share('hours_e_learning', 'hours_total') }} as e_learning_share,
    is_carried_forward
from grouped
