-- Of one rule set and item at most one row is in force on any day.
with rules as (
    select * from {{ ref('dim_rule') }}
)

select
    earlier.rule_id,
    later.rule_id as overlapping_rule_id
from rules as earlier
inner join rules as later
    on
        earlier.rule_set = later.rule_set
        and earlier.item = later.item
        and earlier.rule_id < later.rule_id
        and earlier.valid_from <= coalesce(later.valid_to, date '9999-12-31')
        and later.valid_from <= coalesce(earlier.valid_to, date '9999-12-31')
