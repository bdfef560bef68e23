{{ config(schema='core') }}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

learning as (
    select * from {{ ref('int_professionalism__learning') }}
),

group_row as (
    select rule_matrix.* from {{ ref('rule_matrix') }} as rule_matrix
    where rule_matrix.rule_set = 'ip_position_group' and {{ in_force('rule_matrix') }}
),

score_row as (
    select rule_score.* from {{ ref('rule_score') }} as rule_score
    where rule_score.rule_set = 'ip_competency' and {{ in_force('rule_score') }}
),

reporting_agency as (
    select agency_code
    from {{ ref('int_submission__counting') }}
    where
        dataset = 'peserta_pelatihan'
        and source_period > {{ add_months(
            period_first_day(), '-' ~ rule_integer('ip_asn', 'technical_window_months')
        ) }}
    group by agency_code
),

-- People whose agency said nothing about learning are left out: unknown, not untrained.
known as (
    select
        person.agency_code,
        person.person_key,
        group_row.result_code as position_group,
        learning.has_leadership,
        learning.has_functional,
        learning.has_seminar,
        case
            when group_row.result_code = 'EXECUTING' then learning.has_technical_executing
            else learning.has_technical
        end as has_technical
    from person
    inner join group_row
        on cast(person.position_type as {{ dbt.type_string() }}) = group_row.row_code
    left join learning on person.person_key = learning.person_key
    left join reporting_agency on person.agency_code = reporting_agency.agency_code
    where reporting_agency.agency_code is not null or learning.person_key is not null
)

select
    known.agency_code,
    known.person_key,
    sum(case
        when score_row.code = known.position_group || '.leadership' and known.has_leadership
            then score_row.score
        when score_row.code = known.position_group || '.functional' and known.has_functional
            then score_row.score
        when score_row.code = known.position_group || '.technical' and known.has_technical
            then score_row.score
        when score_row.code = known.position_group || '.seminar' and known.has_seminar
            then score_row.score
        else 0
    end) as competency_points
from known
cross join score_row
group by known.agency_code, known.person_key
