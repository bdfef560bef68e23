with people as (
    select
        agency_code,
        person_key,
        position_level,
        is_carried_forward
    from {{ ref('dim_person') }}
    where is_counted
),

assessed as (
    select * from {{ ref('int_competency__assessed') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

rules as (
    select
        {{ rule_integer('jpm', 'statutory_competencies') }} as statutory_competencies,
        {{ add_months(period_first_day(1), rule_integer('assessment', 'expiring_soon_months')) }} as soon_on,
        {{ add_months(period_first_day(1), rule_integer('assessment', 'expiring_mid_months')) }} as mid_on,
        {{ add_months(period_first_day(1), rule_integer('assessment', 'expiring_late_months')) }} as late_on
),

methods as (
    select
        code as method,
        false as is_any_method
    from {{ ref('code_assessment_method') }}
    union all
    select
        cast(null as {{ dbt.type_string() }}) as method,
        true as is_any_method
),

groups as (
    select
        agency_code,
        position_level,
        count(*) as people,
        bool_or(is_carried_forward) as is_carried_forward
    from people
    group by cube (agency_code, position_level)
    having count(*) > 0
),

counted as (
    select
        people.agency_code,
        people.position_level,
        assessed.method,
        assessed.is_any_method,
        count(*) as known,
        count(case when assessed.valid_competencies > 0 then 1 end) as assessed,
        count(case when assessed.valid_competencies = rules.statutory_competencies then 1 end)
            as fully_assessed,
        count(case when assessed.first_valid_until < rules.soon_on then 1 end) as expiring_3_months,
        count(case when assessed.first_valid_until < rules.mid_on then 1 end) as expiring_6_months,
        count(case when assessed.first_valid_until < rules.late_on then 1 end) as expiring_12_months
    from people
    inner join assessed on people.person_key = assessed.person_key
    cross join rules
    group by grouping sets (
        (people.agency_code, people.position_level, assessed.method, assessed.is_any_method),
        (people.agency_code, assessed.method, assessed.is_any_method),
        (people.position_level, assessed.method, assessed.is_any_method),
        (assessed.method, assessed.is_any_method)
    )
),

-- Every group of people has every method, the ones that nobody was assessed by with zeros.
filled as (
    select
        groups.agency_code,
        groups.position_level,
        methods.method,
        groups.people,
        coalesce(counted.known, 0) as known,
        coalesce(counted.assessed, 0) as assessed,
        coalesce(counted.fully_assessed, 0) as fully_assessed,
        coalesce(counted.expiring_3_months, 0) as expiring_3_months,
        coalesce(counted.expiring_6_months, 0) as expiring_6_months,
        coalesce(counted.expiring_12_months, 0) as expiring_12_months,
        groups.is_carried_forward
    from groups
    cross join methods
    left join counted
        on
            groups.agency_code is not distinct from counted.agency_code
            and groups.position_level is not distinct from counted.position_level
            and methods.method is not distinct from counted.method
            and methods.is_any_method = counted.is_any_method
)

select
    {{ period_first_day() }} as period,
    filled.agency_code,
    agencies.agency_name,
    filled.position_level,
    filled.method,
    filled.agency_code is null or filled.position_level is null or filled.method is null as is_total,
    filled.people,
    filled.assessed,
    {{ share('filled.assessed', 'filled.people') }} as coverage,
    filled.fully_assessed,
    {{ share('filled.fully_assessed', 'filled.people') }} as full_coverage,
    filled.expiring_3_months,
    filled.expiring_6_months,
    filled.expiring_12_months,
    filled.known - filled.assessed as expired,
    filled.people - filled.known as never_assessed,
    filled.is_carried_forward
from filled
left join agencies on filled.agency_code = agencies.agency_code
