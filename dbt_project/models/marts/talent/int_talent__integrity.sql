{{ config(schema='core') }}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

parameter as (
    select {{ rule_integer('discipline', 'open_end_months') }} as open_end_months
),

score_row as (
    select rule_score.* from {{ ref('rule_score') }} as rule_score
    where rule_score.rule_set = 'talent_integrity' and {{ in_force('rule_score') }}
),

reporting_agency as (
    select agency_code
    from {{ ref('int_submission__counting') }}
    where dataset = 'hukuman_disiplin'
    group by agency_code
),

judged as (
    select
        sanction.person_key,
        case
            when
                coalesce(
                    sanction.ended_on,
                    {{ add_months('sanction.started_on', 'parameter.open_end_months') }}
                ) >= {{ period_last_day() }} then 'IN_FORCE'
            else sanction.discipline_level
        end as code
    from {{ ref('fct_sanction') }} as sanction
    cross join parameter
),

-- Of several sanctions the one with the lowest score counts.
lowest as (
    select
        judged.person_key,
        min(score_row.score) as score
    from judged
    inner join score_row on judged.code = score_row.code
    group by judged.person_key
)

-- People of an agency that has never sent a sanction are left out: unknown, not spotless.
select
    person.agency_code,
    person.person_key,
    coalesce(lowest.score, spotless.score) as integrity_score
from person
left join lowest on person.person_key = lowest.person_key
left join reporting_agency on person.agency_code = reporting_agency.agency_code
left join score_row as spotless on spotless.code = 'NONE'
where reporting_agency.agency_code is not null or lowest.person_key is not null
