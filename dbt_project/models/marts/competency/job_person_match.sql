with people as (
    select * from {{ ref('dim_person') }}
    where is_counted
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

statutory as (
    select * from {{ ref('code_competency') }}
    where is_statutory
),

gaps as (
    select
        gap.person_key,
        gap.family,
        gap.required_level,
        gap.achieved_level,
        gap.assessed_on,
        gap.purpose,
        gap.is_default_standard,
        gap.is_carried_forward,
        statutory.code is not null as is_statutory
    from {{ ref('competency_gap_person') }} as gap
    left join statutory on gap.competency_code = statutory.code
),

sums as (
    select
        person_key,
        count(case when is_statutory then 1 end) as competencies_required,
        count(case when is_statutory then achieved_level end) as competencies_assessed,
        sum(case when is_statutory then required_level end) as required_sum,
        sum(case when is_statutory then achieved_level end) as achieved_sum,
        sum(case when family = 'technical' and achieved_level is not null then required_level end)
            as technical_required_sum,
        sum(case when family = 'technical' then achieved_level end) as technical_achieved_sum,
        max(case when is_statutory then assessed_on end) as assessed_on,
        min(case when is_statutory then purpose end) as first_purpose,
        max(case when is_statutory then purpose end) as last_purpose,
        bool_or(is_statutory and is_default_standard) as is_default_standard,
        bool_or(is_carried_forward) as is_carried_forward
    from gaps
    group by person_key
),

-- Only people with assessments of both purposes need a second look: the latest one counts.
mixed as (
    select
        gaps.person_key,
        max(gaps.purpose) as purpose
    from gaps
    inner join sums
        on
            gaps.person_key = sums.person_key
            and gaps.assessed_on = sums.assessed_on
            and sums.first_purpose <> sums.last_purpose
    where gaps.is_statutory
    group by gaps.person_key
),

rules as (
    select {{ rule_integer('jpm', 'statutory_competencies') }} as statutory_competencies
),

matched as (
    select
        sums.*,
        coalesce(mixed.purpose, sums.last_purpose) as purpose,
        case
            when
                sums.competencies_assessed = sums.competencies_required
                and sums.competencies_assessed = rules.statutory_competencies
                then 100 * cast(sums.achieved_sum as {{ type_double() }}) / nullif(sums.required_sum, 0)
        end as jpm
    from sums
    cross join rules
    left join mixed on sums.person_key = mixed.person_key
),

category_sets as (
    select
        matrix.row_code as purpose,
        matrix.result_code as category_set
    from {{ ref('rule_matrix') }} as matrix
    where matrix.rule_set = 'jpm_category_set' and {{ in_force('matrix') }}
)

select
    {{ period_first_day() }} as period,
    people.agency_code,
    agencies.agency_name,
    people.person_key,
    people.employment_status,
    people.position_level,
    people.position_code,
    people.unit_code,
    people.region_code,
    people.is_remote_region,
    people.education_level,
    people.sex,
    people.age_band,
    people.service_years,
    matched.jpm,
    100 * cast(matched.technical_achieved_sum as {{ type_double() }})
    / nullif(matched.technical_required_sum, 0) as jpm_technical,
    coalesce(
        matched.competencies_assessed > 0
        and matched.competencies_assessed < matched.competencies_required,
        false
    ) as is_partial,
    cast(coalesce(matched.competencies_assessed, 0) as integer) as competencies_assessed,
    cast(coalesce(matched.competencies_required, 0) as integer) as competencies_required,
    matched.assessed_on,
    matched.purpose,
    case when bands.code is not null then category_sets.category_set end as category_set,
    bands.code as category,
    coalesce(matched.is_default_standard, false) as is_default_standard,
    people.is_carried_forward or coalesce(matched.is_carried_forward, false) as is_carried_forward
from people
left join agencies on people.agency_code = agencies.agency_code
left join matched on people.person_key = matched.person_key
left join category_sets on matched.purpose = category_sets.purpose
left join {{ ref('rule_band') }} as bands
    on
        matched.jpm is not null
        and {{ band_join('matched.jpm', 'category_sets.category_set', 'bands') }}
