{{ config(schema='core') }}

{% set terms = [
    ['people_place', 'people_weight'], ['depth_place', 'depth_weight'],
    ['strategic_place', 'strategic_weight'], ['unplanned_place', 'unplanned_weight']
] %}

-- Which needs of an agency come first. The place of a need in one respect is the share of the
-- agency's needs that are no greater than it (1 is the greatest), and 0 where the respect does not
-- apply at all; without a plan the weight of the unplanned falls to the others.
with needs as (
    select
        agency_code,
        competency_code,
        position_level,
        people_with_gap,
        total_gap,
        {{ share('total_gap', 'people_with_gap') }} as depth,
        {{ share('strategic_people', 'people_with_gap') }} as strategic_share,
        {{ share('unmet_people', 'people_with_gap') }} as unmet_share
    from {{ ref('int_program__need') }}
    where people_with_gap > 0
),

weights as (
    select
        max(case when weight_row.component = 'people' then weight_row.weight end) as people_weight,
        max(case when weight_row.component = 'depth' then weight_row.weight end) as depth_weight,
        max(case when weight_row.component = 'strategic' then weight_row.weight end) as strategic_weight,
        max(case when weight_row.component = 'unplanned' then weight_row.weight end) as unplanned_weight
    from {{ ref('rule_weight') }} as weight_row
    where
        weight_row.rule_set = 'training_need'
        and weight_row.axis = 'priority'
        and {{ in_force('weight_row') }}
),

placed as (
    select
        agency_code,
        competency_code,
        position_level,
        people_with_gap,
        total_gap,
        cume_dist() over (partition by agency_code order by people_with_gap asc) as people_place,
        cume_dist() over (partition by agency_code order by depth asc) as depth_place,
        case
            when strategic_share = 0 then 0
            else cume_dist() over (partition by agency_code order by strategic_share asc)
        end as strategic_place,
        case
            when unmet_share = 0 then 0
            when unmet_share is not null
                then cume_dist() over (partition by agency_code order by unmet_share asc nulls last)
        end as unplanned_place
    from needs
),

scored as (
    select
        placed.agency_code,
        placed.competency_code,
        placed.position_level,
        placed.people_with_gap,
        placed.total_gap,
        {{ round_half_up('100 * (' ~ weighted_mean(terms) ~ ')', 8) }} as priority_score
    from placed
    cross join weights
)

select
    agency_code,
    competency_code,
    position_level,
    priority_score,
    row_number() over (
        partition by agency_code
        order by
            priority_score desc, people_with_gap desc, total_gap desc,
            competency_code asc, position_level asc
    ) as priority_rank
from scored
