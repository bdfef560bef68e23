{#- Family of a competency by the prefix of its code. -#}
{% macro competency_family(code) -%}
    case
        when {{ code }} like 'M.%' then 'managerial'
        when {{ code }} like 'SK.%' then 'sociocultural'
        when {{ code }} like 'DIG.%' then 'digital'
        else 'technical'
    end
{%- endmacro %}

{#- The aggregate gap tables: cells rolled up over family, competency and position level.
    With `by_agency` every row belongs to an agency; without it the rows are national. -#}
{% macro competency_gap_rollup(by_agency) -%}
with cells as (
    select * from {{ ref('int_competency__cell') }}
),

people_cells as (
    select * from {{ ref('int_competency__people') }}
),

competencies as (
    select * from {{ ref('dim_competency') }}
),

rolled as (
    select
        {% if by_agency -%}
        cells.agency_code,
        max(cells.agency_name) as agency_name,
        {% endif -%}
        cells.family,
        cells.competency_code,
        cells.position_level,
        sum(cells.requirements) as requirements,
        sum(cells.assessed) as assessed,
        sum(cells.required_sum) as required_sum,
        sum(cells.achieved_sum) as achieved_sum,
        sum(cells.gap_sum) as gap_sum,
        sum(cells.met) as met,
        sum(cells.mild) as mild,
        sum(cells.moderate) as moderate,
        sum(cells.severe) as severe,
        sum(cells.default_standard) as default_standard,
        bool_or(cells.is_carried_forward) as is_carried_forward
    from cells
    {%- set agency = 'cells.agency_code, ' if by_agency else '' %}
    group by grouping sets (
        ({{ agency }}cells.family, cells.competency_code, cells.position_level),
        ({{ agency }}cells.family, cells.competency_code),
        ({{ agency }}cells.family, cells.position_level),
        ({{ agency }}cells.family),
        ({{ agency }}cells.position_level),
        ({{ agency[:-2] }})
    )
    having count(*) > 0
),

people as (
    select
        {% if by_agency %}people_cells.agency_code,{% endif %}
        people_cells.family,
        people_cells.position_level,
        sum(people_cells.people) as people
    from people_cells
    {%- set agency = 'people_cells.agency_code, ' if by_agency else '' %}
    group by grouping sets (
        ({{ agency }}people_cells.family, people_cells.position_level),
        ({{ agency }}people_cells.family)
    )
)

select
    {{ period_first_day() }} as period,
    {% if by_agency -%}
    rolled.agency_code,
    rolled.agency_name,
    {% endif -%}
    rolled.family,
    rolled.competency_code,
    competencies.competency_name_id as competency_name,
    rolled.position_level,
    rolled.competency_code is null or rolled.position_level is null as is_total,
    cast(
        case when rolled.competency_code is null then people.people else rolled.requirements end as bigint
    ) as people,
    cast(rolled.requirements as bigint) as requirements,
    cast(rolled.assessed as bigint) as assessed,
    {{ share('rolled.assessed', 'rolled.requirements') }} as coverage,
    {{ share('rolled.required_sum', 'rolled.requirements') }} as required_mean,
    {{ share('rolled.achieved_sum', 'rolled.assessed') }} as achieved_mean,
    {{ share('rolled.gap_sum', 'rolled.assessed') }} as gap_mean,
    cast(rolled.met as bigint) as met,
    cast(rolled.mild as bigint) as mild,
    cast(rolled.moderate as bigint) as moderate,
    cast(rolled.severe as bigint) as severe,
    {{ share('rolled.met', 'rolled.assessed') }} as met_share,
    {{ share('rolled.default_standard', 'rolled.requirements') }} as default_standard_share,
    rolled.is_carried_forward
from rolled
left join competencies on rolled.competency_code = competencies.competency_code
left join people
    on
        rolled.competency_code is null
        {% if by_agency %}and rolled.agency_code = people.agency_code{% endif %}
        and rolled.family is not distinct from people.family
        and rolled.position_level is not distinct from people.position_level
{%- endmacro %}
