{{ config(schema='core') }}

-- Every answer once for its agency and once for the nation, whose scope is the empty text.
with

answer as (
    select
        agency_code as scope,
        agency_code,
        respondent_key,
        item,
        score
    from {{ ref('int_job_satisfaction__answer') }}
    where years_ago = 0
    union all
    select
        '' as scope,
        agency_code,
        respondent_key,
        item,
        score
    from {{ ref('int_job_satisfaction__answer') }}
    where years_ago = 0
),

parameter as (
    select {{ rule_value('job_satisfaction', 'item_minimum_share') }} as minimum_share
),

respondent as (
    select
        scope,
        agency_code,
        respondent_key
    from answer
    group by scope, agency_code, respondent_key
),

scope_size as (
    select
        scope,
        count(*) as respondents
    from respondent
    group by scope
),

item_size as (
    select
        scope,
        item,
        count(*) as answers
    from answer
    group by scope, item
),

kept_item as (
    select
        item_size.scope,
        item_size.item,
        count(*) over (partition by item_size.scope) as items
    from item_size
    inner join scope_size on item_size.scope = scope_size.scope
    cross join parameter
    where item_size.answers >= parameter.minimum_share * scope_size.respondents
),

kept_answer as (
    select
        answer.*,
        kept_item.items
    from answer
    inner join kept_item on answer.scope = kept_item.scope and answer.item = kept_item.item
),

complete as (
    select
        scope,
        agency_code,
        respondent_key,
        max(items) as items,
        sum(score) as total
    from kept_answer
    group by scope, agency_code, respondent_key
    having count(*) = max(items)
),

-- n Σx² − (Σx)² is n (n − 1) times the variance; the factor is the same for items and total.
total_spread as (
    select
        scope,
        max(items) as items,
        count(*) as respondents,
        cast(count(*) as {{ type_double() }}) * sum(total * total) - sum(total) * sum(total) as spread
    from complete
    group by scope
),

item_spread as (
    select
        kept_answer.scope,
        kept_answer.item,
        cast(count(*) as {{ type_double() }}) * sum(kept_answer.score * kept_answer.score)
        - sum(kept_answer.score) * sum(kept_answer.score) as spread
    from kept_answer
    inner join complete
        on
            kept_answer.scope = complete.scope
            and kept_answer.agency_code = complete.agency_code
            and kept_answer.respondent_key = complete.respondent_key
    group by kept_answer.scope, kept_answer.item
),

items_spread as (
    select
        scope,
        sum(spread) as spread
    from item_spread
    group by scope
)

select
    nullif(total_spread.scope, '') as agency_code,
    cast(total_spread.items as integer) as items,
    total_spread.respondents,
    cast(total_spread.items as {{ type_double() }}) / nullif(total_spread.items - 1, 0)
    * (1 - items_spread.spread / nullif(total_spread.spread, 0)) as cronbach_alpha
from total_spread
inner join items_spread on total_spread.scope = items_spread.scope
