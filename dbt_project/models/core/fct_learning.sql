-- Participations, resolved to the programme run they mean. A certificate counts once, and so does a
-- run, where both agencies of a person who has moved report it. Old ones are left out, but for the
-- courses that the professionalism index counts however long ago they were.
with participations as (
    {{ latest_rows(
        ref('stg_peserta_pelatihan'),
        keys=['agency_code', 'person_key', 'program_code', 'run'],
        order_by='source_period desc, row_number',
        columns=[
            'agency_code', 'person_key', 'program_code', 'run', 'pre_score', 'post_score', 'score_scale',
            'status', 'recognised_hours', 'certificate_key', 'completed_on', 'source_period',
        ],
    ) | indent(4) }}
),

programs as (
    select * from {{ ref('dim_program') }}
),

sole_owners as (
    select * from {{ ref('int_program__sole_owner') }}
),

statuses as (
    select * from {{ ref('code_participation_status') }}
),

people as (
    select person_key
    from {{ ref('dim_person') }}
    group by person_key
),

lasting_forms as (
    select matrix.row_code as learning_form
    from {{ ref('rule_matrix') }} as matrix
    where
        matrix.rule_set = 'ip_learning_kind'
        and matrix.result_code in ('leadership', 'functional')
        and {{ in_force('matrix') }}
),

rules as (
    select {{ rule_integer('learning', 'history_months') }} as history_months
),

owned as (
    select
        participations.*,
        coalesce(own.agency_code, sole_owners.agency_code) as program_agency_code
    from participations
    left join programs as own
        on
            participations.agency_code = own.agency_code
            and participations.program_code = own.program_code
            and participations.run = own.run
    left join sole_owners
        on
            participations.program_code = sole_owners.program_code
            and participations.run = sole_owners.run
),

resolved as (
    select
        owned.*,
        programs.learning_form,
        programs.form_group,
        programs.starts_on,
        programs.ends_on,
        programs.hours as program_hours,
        coalesce(statuses.is_completed, false) as is_completed,
        people.person_key is null as is_orphan_person,
        row_number() over (
            partition by owned.person_key, owned.certificate_key, owned.completed_on
            order by
                case when statuses.is_completed and owned.program_agency_code is not null then 0 else 1 end,
                owned.source_period, owned.agency_code, owned.program_code, owned.run
        ) as certificate_rank,
        row_number() over (
            partition by
                owned.person_key, owned.program_agency_code, owned.program_code, owned.run
            order by
                case when statuses.is_completed then 0 else 1 end,
                case when owned.certificate_key is not null then 0 else 1 end,
                owned.source_period, owned.agency_code
        ) as participation_rank
    from owned
    left join programs
        on
            owned.program_agency_code = programs.agency_code
            and owned.program_code = programs.program_code
            and owned.run = programs.run
    left join statuses on owned.status = statuses.code
    left join people on owned.person_key = people.person_key
    left join lasting_forms
        on cast(programs.learning_form as {{ dbt.type_string() }}) = lasting_forms.learning_form
    cross join rules
    where
        lasting_forms.learning_form is not null
        or coalesce(owned.completed_on, programs.ends_on, owned.source_period)
        >= {{ add_months(period_first_day(), '-rules.history_months') }}
)

select
    resolved.agency_code,
    resolved.person_key,
    resolved.program_code,
    resolved.run,
    resolved.program_agency_code,
    resolved.status,
    resolved.is_completed,
    resolved.completed_on,
    case
        when resolved.is_completed then coalesce(resolved.recognised_hours, resolved.program_hours)
    end as hours,
    100 * resolved.pre_score / nullif(resolved.score_scale, 0) as pre_score,
    100 * resolved.post_score / nullif(resolved.score_scale, 0) as post_score,
    resolved.certificate_key,
    resolved.learning_form,
    resolved.form_group,
    resolved.starts_on,
    resolved.ends_on,
    resolved.is_orphan_person,
    resolved.program_agency_code is null as is_orphan_program,
    (resolved.certificate_key is not null and resolved.certificate_rank > 1)
    or (resolved.program_agency_code is not null and resolved.participation_rank > 1)
        as is_duplicate_certificate
from resolved
