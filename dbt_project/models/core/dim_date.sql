-- Days on which a month of the warehouse can begin: what metrics take for their calendar.
with days as (
    {{ dbt.date_spine('day', period_first_day(-120), period_first_day(1)) }}
)

select cast(date_day as date) as day_on
from days
