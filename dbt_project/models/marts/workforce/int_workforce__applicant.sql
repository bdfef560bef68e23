{{ config(schema='core') }}

{% set components = ['basic', 'technical', 'managerial', 'sociocultural'] %}

-- Applicants of the report year and the years before that the rule counts, with the level of the
-- position, and whether they stayed below the passing standard of their track in any component.
with applicants as (
    select * from {{ ref('fct_applicant') }}
),

positions as (
    select
        agency_code,
        position_code,
        min(position_level) as position_level
    from {{ ref('dim_position') }}
    group by agency_code, position_code
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

rules as (
    select {{ rule_integer('recruitment', 'window_years') }} as window_years
),

tracks as (
    select
        code as track,
        'recruitment_' || lower(code) as rule_set
    from {{ ref('code_recruitment_track') }}
),

standards as (
    select
        tracks.track,
        {%- for component in components %}
        max(case when standard.code = '{{ component }}' then standard.score end) as {{ component }}_standard,
        {%- endfor %}
        count(*) as components
    from tracks
    inner join {{ ref('rule_score') }} as standard
        on tracks.rule_set = standard.rule_set and {{ in_force('standard') }}
    group by tracks.track
),

judged as (
    select
        applicants.agency_code,
        applicants.applicant_key,
        applicants.year,
        applicants.track,
        coalesce(positions.position_level, 'TIDAK_DIKETAHUI') as position_level,
        applicants.has_passed_administration,
        applicants.has_passed_finally,
        {%- for component in components %}
        applicants.{{ component }}_score,
        applicants.{{ component }}_score < standards.{{ component }}_standard as is_{{ component }}_below,
        {%- endfor %}
        rules.window_years
    from applicants
    cross join rules
    inner join agencies on applicants.agency_code = agencies.agency_code
    left join positions
        on
            applicants.agency_code = positions.agency_code
            and applicants.position_code = positions.position_code
    left join standards on applicants.track = standards.track
    where
        applicants.year > {{ period_year() }} - rules.window_years
        and applicants.year <= {{ period_year() }}
)

-- Unknown where no component with a standard has a score.
select
    agency_code,
    applicant_key,
    year,
    track,
    position_level,
    has_passed_administration,
    has_passed_finally,
    {%- for component in components %}
    {{ component }}_score,
    {%- endfor %}
    case
        when is_basic_below or is_technical_below or is_managerial_below or is_sociocultural_below then true
        when
            coalesce(is_basic_below, is_technical_below, is_managerial_below, is_sociocultural_below)
            is not null
            then false
    end as is_below_standard
from judged
