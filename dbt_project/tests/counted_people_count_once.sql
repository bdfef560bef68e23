-- Nobody counts in two agencies.
select person_key
from {{ ref('dim_person') }}
where is_counted
group by person_key
having count(*) > 1
