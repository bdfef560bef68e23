{{ config(schema='core') }}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

parameter as (
    select {{ rule_integer('ip_asn', 'discipline_window_years') }} as window_years
),

score_row as (
    select rule_score.* from {{ ref('rule_score') }} as rule_score
    where rule_score.rule_set = 'ip_discipline' and {{ in_force('rule_score') }}
),

reporting_agency as (
    select agency_code
    from {{ ref('int_submission__counting') }}
    where dataset = 'hukuman_disiplin'
    group by agency_code
),

known as (
    select person_key
    from {{ ref('fct_sanction') }}
    group by person_key
),

lowest as (
    select
        sanction.person_key,
        min(score_row.score) as score
    from {{ ref('fct_sanction') }} as sanction
    cross join parameter
    inner join score_row on sanction.discipline_level = score_row.code
    where {{ add_years('sanction.started_on', 'parameter.window_years') }} > {{ period_last_day() }}
    group by sanction.person_key
)

-- People of an agency that has never sent a sanction are left out: unknown, not spotless.
select
    person.agency_code,
    person.person_key,
    coalesce(lowest.score, spotless.score) as discipline_points
from person
left join known on person.person_key = known.person_key
left join lowest on person.person_key = lowest.person_key
left join reporting_agency on person.agency_code = reporting_agency.agency_code
left join score_row as spotless on spotless.code = 'NONE'
where reporting_agency.agency_code is not null or known.person_key is not null
