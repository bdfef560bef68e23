{% set dimensions = ['qualification', 'competency', 'performance', 'discipline'] %}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

agency as (
    select * from {{ ref('dim_agency') }}
),

qualification as (
    select
        rule_score.code,
        rule_score.score as qualification_points
    from {{ ref('rule_score') }} as rule_score
    where rule_score.rule_set = 'ip_qualification' and {{ in_force('rule_score') }}
),

competency as (
    select * from {{ ref('int_professionalism__competency') }}
),

performance as (
    select * from {{ ref('int_professionalism__performance') }}
),

discipline as (
    select * from {{ ref('int_professionalism__discipline') }}
),

status_row as (
    select rule_matrix.* from {{ ref('rule_matrix') }} as rule_matrix
    where rule_matrix.rule_set = 'ip_measured_status' and {{ in_force('rule_matrix') }}
),

weight as (
    select
        {%- for dimension in dimensions %}
        max(case when rule_weight.component = '{{ dimension }}' then rule_weight.weight end)
            as {{ dimension }}_weight,
        {%- endfor %}
        max(rule_weight.rule_set) as rule_set
    from {{ ref('rule_weight') }} as rule_weight
    where
        rule_weight.rule_set = 'ip_asn' and rule_weight.axis = 'dimension'
        and {{ in_force('rule_weight') }}
),

category as (
    select rule_band.* from {{ ref('rule_band') }} as rule_band
    where rule_band.rule_set = 'ip_category' and {{ in_force('rule_band') }}
),

-- Only those whom the regulation measures have points; a dimension holds at most its weight.
dimension as (
    select
        {%- for dimension in dimensions %}
        case
            when
                {{ dimension }}.{{ dimension }}_points > weight.{{ dimension }}_weight
                then weight.{{ dimension }}_weight
            else {{ dimension }}.{{ dimension }}_points
        end as {{ dimension }}_points,
        weight.{{ dimension }}_weight,
        {%- endfor %}
        person.person_key,
        status_row.row_code is not null as is_in_scope
    from person
    cross join weight
    left join status_row on person.employment_status = status_row.row_code
    left join qualification on person.education_code = qualification.code
    {%- for relation in dimensions[1:] %}
    left join {{ relation }}
        on
            person.agency_code = {{ relation }}.agency_code
            and person.person_key = {{ relation }}.person_key
    {%- endfor %}
),

-- One dimension that is not known leaves the sum unknown.
indexed as (
    select
        person_key,
        {%- for dimension in dimensions %}
        case when is_in_scope then {{ dimension }}_points end as {{ dimension }},
        {{ dimension }}_weight,
        {%- endfor %}
        case
            when is_in_scope
                then qualification_points + competency_points + performance_points + discipline_points
        end as ip_asn
    from dimension
)

select
    {{ period_first_day() }} as period,
    person.agency_code,
    agency.agency_name,
    person.person_key,
    person.employment_status,
    person.position_level,
    person.position_code,
    person.unit_code,
    person.region_code,
    person.is_remote_region,
    person.education_level,
    person.sex,
    person.age_band,
    person.service_years,
    {%- for dimension in dimensions %}
    indexed.{{ dimension }},
    indexed.{{ dimension }}_weight,
    {%- endfor %}
    indexed.ip_asn,
    category.code as category,
    (indexed.ip_asn is not null) as is_measured,
    true as is_estimate,
    person.is_carried_forward
from person
inner join indexed on person.person_key = indexed.person_key
inner join agency on person.agency_code = agency.agency_code
left join category on {{ in_band('indexed.ip_asn', 'category') }}
