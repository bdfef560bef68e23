with

need_level as (
    select * from {{ ref('training_need') }}
    where agency_code is not null
),

need as (
    select * from need_level
    where position_level is null and people_with_gap > 0
),

priority as (
    select
        agency_code,
        competency_code,
        min(priority_rank) as priority_rank
    from need_level
    where position_level is not null
    group by agency_code, competency_code
),

parameter as (
    select
        {{ rule_value('program', 'exchange_needs') }} as most_needs,
        {{ rule_value('program', 'exchange_programs') }} as most_programs
),

-- A competency ranks by its most pressing level.
ranked_need as (
    select
        need.*,
        row_number() over (
            partition by need.agency_code
            order by
                priority.priority_rank asc nulls last,
                need.people_with_gap desc,
                need.competency_code asc
        ) as need_rank
    from need
    left join priority
        on
            need.agency_code = priority.agency_code
            and need.competency_code = priority.competency_code
),

agency as (
    select * from {{ ref('dim_agency') }}
),

offered as (
    select
        ranked_need.agency_code,
        ranked_need.agency_name,
        ranked_need.competency_code,
        ranked_need.competency_name,
        ranked_need.need_rank,
        ranked_need.people_with_gap,
        coalesce(ranked_need.unmet_people, ranked_need.people_with_gap) as people_it_would_serve,
        ranked_need.is_carried_forward,
        offer.program_agency_code,
        offer.program_code,
        offer.run,
        offer.program_name,
        offer.learning_form,
        offer.form_group,
        offer.evidence,
        offer.gain_mean,
        offer.gain_ci_low,
        offer.gain_ci_high,
        offer.effect_size,
        offer.cost_per_participant,
        row_number() over (
            partition by ranked_need.agency_code, ranked_need.competency_code
            order by
                case offer.evidence when 'strong' then 0 else 1 end asc,
                offer.effect_size desc nulls last,
                offer.cost_per_participant asc nulls last,
                offer.program_agency_code asc,
                offer.program_code asc
        ) as program_rank
    from ranked_need
    inner join {{ ref('int_program__offer') }} as offer
        on
            ranked_need.competency_code = offer.competency_code
            and ranked_need.agency_code <> offer.program_agency_code
)

select
    {{ period_first_day() }} as period,
    offered.agency_code,
    offered.agency_name,
    offered.competency_code,
    offered.competency_name,
    cast(offered.need_rank as {{ dbt.type_bigint() }}) as need_rank,
    offered.people_with_gap,
    offered.program_agency_code,
    agency.agency_name as program_agency_name,
    offered.program_code,
    offered.program_name,
    offered.run,
    cast(offered.program_rank as {{ dbt.type_bigint() }}) as program_rank,
    offered.learning_form,
    offered.form_group,
    offered.evidence,
    offered.gain_mean,
    offered.gain_ci_low,
    offered.gain_ci_high,
    offered.effect_size,
    offered.cost_per_participant,
    cast(offered.people_it_would_serve as {{ dbt.type_bigint() }}) as people_it_would_serve,
    offered.is_carried_forward
from offered
cross join parameter
left join agency on offered.program_agency_code = agency.agency_code
where
    offered.need_rank <= parameter.most_needs
    and offered.program_rank <= parameter.most_programs
    and offered.people_it_would_serve > 0
