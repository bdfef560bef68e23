-- No month can know what was published of it before: the build leaves this table empty, and
-- publication fills it from the archive of both versions (docs/decisions/0009).
select
    cast(null as date) as period,
    cast(null as {{ dbt.type_bigint() }}) as version,
    cast(null as {{ dbt.type_bigint() }}) as previous_version,
    cast(null as {{ dbt.type_string() }}) as table_name,
    cast(null as {{ dbt.type_string() }}) as measure,
    cast(null as {{ dbt.type_boolean() }}) as is_total,
    cast(null as {{ dbt.type_bigint() }}) as rows_before,
    cast(null as {{ dbt.type_bigint() }}) as rows_after,
    cast(null as {{ dbt.type_bigint() }}) as rows_added,
    cast(null as {{ dbt.type_bigint() }}) as rows_removed,
    cast(null as {{ dbt.type_bigint() }}) as rows_changed,
    cast(null as {{ type_double() }}) as value_before,
    cast(null as {{ type_double() }}) as value_after,
    cast(null as {{ type_double() }}) as difference,
    cast(null as {{ type_double() }}) as largest_change,
    cast(null as {{ dbt.type_bigint() }}) as agencies_changed,
    cast(null as {{ dbt.type_string() }}) as changed_agency_codes,
    cast(null as {{ dbt.type_bigint() }}) as caused_by_agencies,
    cast(null as {{ dbt.type_string() }}) as caused_by,
    cast(null as {{ dbt.type_boolean() }}) as has_new_rules,
    cast(null as {{ dbt.type_timestamp() }}) as previous_as_of,
    cast(null as {{ dbt.type_timestamp() }}) as as_of,
    cast(null as {{ dbt.type_timestamp() }}) as published_at
where false
