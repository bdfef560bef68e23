{{ config(schema='core') }}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

learning as (
    select * from {{ ref('int_professionalism__learning') }}
),

-- What each kind of learning is worth to each kind of position; 0 where it does not count.
points as (
    select
        group_row.row_code as position_type,
        group_row.result_code as position_group,
        {%- for kind in ['leadership', 'functional', 'technical', 'seminar'] %}
        coalesce(
            max(
                case
                    when score_row.code = group_row.result_code || '.{{ kind }}' then score_row.score
                end
            ), 0
        ) as {{ kind }}_points,
        {%- endfor %}
        count(*) as scores
    from {{ ref('rule_matrix') }} as group_row
    cross join {{ ref('rule_score') }} as score_row
    where
        group_row.rule_set = 'ip_position_group' and {{ in_force('group_row') }}
        and score_row.rule_set = 'ip_competency' and {{ in_force('score_row') }}
    group by group_row.row_code, group_row.result_code
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
        points.*,
        learning.has_leadership,
        learning.has_functional,
        learning.has_seminar,
        case
            when points.position_group = 'EXECUTING' then learning.has_technical_executing
            else learning.has_technical
        end as has_technical
    from person
    inner join points
        on cast(person.position_type as {{ dbt.type_string() }}) = points.position_type
    left join learning on person.person_key = learning.person_key
    left join reporting_agency on person.agency_code = reporting_agency.agency_code
    where reporting_agency.agency_code is not null or learning.person_key is not null
)

select
    agency_code,
    person_key,
    case when has_leadership then leadership_points else 0 end
    + case when has_functional then functional_points else 0 end
    + case when has_technical then technical_points else 0 end
    + case when has_seminar then seminar_points else 0 end as competency_points
from known
