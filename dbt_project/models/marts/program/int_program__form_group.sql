{{ config(schema='core') }}

{% set run_key = ['program_agency_code', 'program_code', 'run'] %}

with

program_run as (
    select
        {{ run_key | join(', ') }},
        form_group,
        cost_idr
    from {{ ref('int_program__run') }}
),

delivery as (
    select * from {{ ref('int_program__delivery') }}
),

gain as (
    select * from {{ ref('int_program__gain') }}
),

reaction as (
    select * from {{ ref('int_program__reaction') }}
),

measured as (
    select
        delivery.agency_code,
        program_run.form_group,
        delivery.participants,
        delivery.completed,
        delivery.cost,
        case when delivery.cost is not null then delivery.participants end as costed_participants,
        reaction.reaction_n,
        reaction.reaction_n * reaction.reaction_mean as reaction_sum,
        gain.gain_n,
        gain.gain_n * gain.gain_mean as gain_sum,
        gain.gain_n * gain.gain_mean * gain.gain_mean
        + (gain.gain_n - 1) * coalesce(gain.gain_sd * gain.gain_sd, 0) as gain_squares
    from delivery
    inner join program_run
        on
            delivery.program_agency_code = program_run.program_agency_code
            and delivery.program_code = program_run.program_code
            and delivery.run = program_run.run
    {%- for relation in ['gain', 'reaction'] %}
    left join {{ relation }}
        on
            delivery.program_agency_code = {{ relation }}.program_agency_code
            and delivery.program_code = {{ relation }}.program_code
            and delivery.run = {{ relation }}.run
            and delivery.agency_code is not distinct from {{ relation }}.agency_code
    {%- endfor %}
)

-- Rows without an agency are whole runs: they add up to the nation.
select
    agency_code,
    form_group,
    count(*) as runs,
    cast(sum(participants) as {{ dbt.type_bigint() }}) as participants,
    cast(sum(completed) as {{ dbt.type_bigint() }}) as completed,
    {{ exact_sum('cost') }} as cost,
    cast(sum(costed_participants) as {{ dbt.type_bigint() }}) as costed_participants,
    cast(coalesce(sum(reaction_n), 0) as {{ dbt.type_bigint() }}) as reaction_n,
    {{ exact_ratio_sum('reaction_sum') }} as reaction_sum,
    cast(coalesce(sum(gain_n), 0) as {{ dbt.type_bigint() }}) as gain_n,
    {{ exact_ratio_sum('gain_sum') }} as gain_sum,
    {{ exact_ratio_sum('gain_squares') }} as gain_squares
from measured
group by grouping sets ((agency_code, form_group), (agency_code))
