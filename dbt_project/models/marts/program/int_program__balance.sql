{{ config(schema='core') }}

{% set key = ['program_agency_code', 'program_code', 'run', 'agency_code'] %}

with

summed as (
    select
        {{ key | join(', ') }},
        {%- for column in balance_columns() %}
        {{ exact_ratio_sum(
            column ~ '_sum - people * comparison_' ~ column ~ '_sum / comparison_people'
        ) }} / sum(people) as {{ column }}_difference,
        {{ square_sum(
            'sum(people)', exact_ratio_sum(column ~ '_sum'), exact_ratio_sum(column ~ '_squares')
        ) }} / nullif(sum(people) - 1, 0) as {{ column }}_participants,
        {{ square_sum(
            'sum(comparison_people)', exact_ratio_sum('comparison_' ~ column ~ '_sum'),
            exact_ratio_sum('comparison_' ~ column ~ '_squares')
        ) }} / nullif(sum(comparison_people) - 1, 0) as {{ column }}_comparison,
        {%- endfor %}
        count(*) as strata
    from {{ ref('int_program__stratum') }}
    group by {{ key | join(', ') }}
),

-- Without any difference there is none in standard deviations either, even where these are 0.
standardised as (
    select
        *,
        {%- for column in balance_columns() %}
        case
            when abs({{ column }}_difference) < 1e-9 then 0
            else
                abs({{ column }}_difference)
                / nullif(sqrt(({{ column }}_participants + {{ column }}_comparison) / 2), 0)
        end as {{ column }}_smd,
        {%- endfor %}
        strata > 0 as is_matched
    from summed
)

-- One characteristic that cannot be compared leaves the balance unknown.
select
    {{ key | join(',\n    ') }},
    {%- for column in balance_columns() %}
    {{ column }}_smd,
    {%- endfor %}
    case
        when age_smd is not null and service_years_smd is not null and education_rank_smd is not null
            then greatest(age_smd, service_years_smd, education_rank_smd)
    end as max_standardised_difference
from standardised
