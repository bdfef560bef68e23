with matches as (
    select * from {{ ref('job_person_match') }}
),

rules as (
    select {{ rule_value('jpm', 'overqualified') }} as overqualified_jpm
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

rolled as (
    select
        matches.agency_code,
        matches.position_level,
        grouping(matches.agency_code) + grouping(matches.position_level) > 0 as is_total,
        count(*) as people,
        count(matches.jpm) as assessed,
        count(case when matches.is_partial then 1 end) as partially_assessed,
        count(case when matches.category_set = 'jpm_mapping' then 1 end) as mapping_assessed,
        count(case when matches.category_set = 'jpm_selection' then 1 end) as selection_assessed,
        count(case when category_set = 'jpm_mapping' and category = 'O' then 1 end) as mapping_o,
        count(case when category_set = 'jpm_mapping' and category = 'CO' then 1 end) as mapping_co,
        count(case when category_set = 'jpm_mapping' and category = 'KO' then 1 end) as mapping_ko,
        count(case when category_set = 'jpm_selection' and category = 'MS' then 1 end) as selection_ms,
        count(case when category_set = 'jpm_selection' and category = 'MMS' then 1 end) as selection_mms,
        count(case when category_set = 'jpm_selection' and category = 'KMS' then 1 end) as selection_kms,
        {{ exact_mean('matches.jpm') }} as jpm_mean,
        {{ exact_mean("case when matches.category_set = 'jpm_mapping' then matches.jpm end") }}
            as jpm_mean_mapping,
        {{ exact_mean("case when matches.category_set = 'jpm_selection' then matches.jpm end") }}
            as jpm_mean_selection,
        {{ percentile('matches.jpm', 0.5) }} as jpm_median,
        {{ percentile('matches.jpm', 0.1) }} as jpm_p10,
        {{ percentile('matches.jpm', 0.9) }} as jpm_p90,
        count(case when matches.jpm > rules.overqualified_jpm then 1 end) as overqualified,
        bool_or(matches.is_carried_forward) as is_carried_forward
    from matches
    cross join rules
    group by cube (matches.agency_code, matches.position_level)
    having count(*) > 0
)

select
    {{ period_first_day() }} as period,
    rolled.agency_code,
    agencies.agency_name,
    rolled.position_level,
    rolled.is_total,
    rolled.people,
    rolled.assessed,
    {{ share('rolled.assessed', 'rolled.people') }} as coverage,
    rolled.partially_assessed,
    rolled.mapping_assessed,
    rolled.mapping_o,
    {{ share('rolled.mapping_o', 'rolled.mapping_assessed') }} as mapping_o_share,
    rolled.mapping_co,
    {{ share('rolled.mapping_co', 'rolled.mapping_assessed') }} as mapping_co_share,
    rolled.mapping_ko,
    {{ share('rolled.mapping_ko', 'rolled.mapping_assessed') }} as mapping_ko_share,
    rolled.selection_assessed,
    rolled.selection_ms,
    {{ share('rolled.selection_ms', 'rolled.selection_assessed') }} as selection_ms_share,
    rolled.selection_mms,
    {{ share('rolled.selection_mms', 'rolled.selection_assessed') }} as selection_mms_share,
    rolled.selection_kms,
    {{ share('rolled.selection_kms', 'rolled.selection_assessed') }} as selection_kms_share,
    rolled.jpm_mean,
    rolled.jpm_mean_mapping,
    rolled.jpm_mean_selection,
    rolled.jpm_median,
    rolled.jpm_p10,
    rolled.jpm_p90,
    rolled.overqualified,
    {{ share('rolled.overqualified', 'rolled.assessed') }} as overqualified_share,
    rolled.is_carried_forward
from rolled
left join agencies on rolled.agency_code = agencies.agency_code
