-- The quantiles of stat_t_quantile are those of a two-sided interval of 95 %. Another
-- confidence_level needs another seed: until then no month is built under it.
with parameter as (
    select {{ rule_value('program', 'confidence_level') }} as confidence_level
)

select confidence_level
from parameter
where abs((1 + confidence_level) / 2 - 0.975) > 0.000001 or confidence_level is null
