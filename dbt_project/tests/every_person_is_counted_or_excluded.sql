-- Persons in = persons counted + persons excluded with a reason, agency by agency.
with sent as (
    select
        agency_code,
        count(*) as people
    from {{ ref('stg_pegawai') }}
    group by agency_code
),

judged as (
    select
        agency_code,
        count(case when is_counted and exclusion_reason is null then 1 end) as counted,
        count(case when not is_counted and exclusion_reason is not null then 1 end) as excluded
    from {{ ref('dim_person') }}
    group by agency_code
)

select
    sent.agency_code,
    judged.agency_code as judged_agency_code,
    sent.people,
    judged.counted,
    judged.excluded
from sent
full outer join judged on sent.agency_code = judged.agency_code
where coalesce(sent.people, 0) <> coalesce(judged.counted, 0) + coalesce(judged.excluded, 0)
