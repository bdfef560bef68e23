with

talent as (
    select * from {{ ref('talent_pool') }}
),

agency as (
    select * from {{ ref('dim_agency') }}
),

box_row as (
    select rule_matrix.* from {{ ref('rule_matrix') }} as rule_matrix
    where rule_matrix.rule_set = 'talent_box' and {{ in_force('rule_matrix') }}
),

grouped as (
    select
        agency_code,
        position_level,
        {{ count_where('box is not null') }} as placed_people,
        {{ count_where('box is null') }} as unplaced_people,
        {{ count_where('performance_category is null') }} as without_performance,
        {{ count_where('potential_category is null') }} as without_potential,
        bool_or(is_carried_forward) as is_carried_forward
    from talent
    group by cube (agency_code, position_level)
    having count(*) > 0
),

boxed as (
    select
        agency_code,
        position_level,
        box,
        {{ count_where('true') }} as people
    from talent
    where box is not null
    group by grouping sets (
        (agency_code, position_level, box), (agency_code, box), (position_level, box), (box)
    )
),

-- Every group of people has all nine boxes, the empty ones with nobody in them.
indexed as (
    select
        grouped.*,
        cast(box_row.result_code as integer) as box,
        box_row.row_code as performance_category,
        box_row.column_code as potential_category
    from grouped
    cross join box_row
)

select
    {{ period_first_day() }} as period,
    indexed.agency_code,
    agency.agency_name,
    indexed.position_level,
    indexed.box,
    (indexed.agency_code is null or indexed.position_level is null) as is_total,
    indexed.performance_category,
    indexed.potential_category,
    coalesce(boxed.people, 0) as people,
    {{ share('coalesce(boxed.people, 0)', 'indexed.placed_people') }} as share,
    indexed.placed_people,
    indexed.unplaced_people,
    indexed.without_performance,
    indexed.without_potential,
    indexed.is_carried_forward
from indexed
left join boxed
    on
        indexed.agency_code is not distinct from boxed.agency_code
        and indexed.position_level is not distinct from boxed.position_level
        and indexed.box = boxed.box
left join agency on indexed.agency_code = agency.agency_code
