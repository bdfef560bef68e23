{#- The rows of `relation` that come first in `order_by` within each `keys`: select … from it.

    `where` keeps candidates; `columns` are passed through. Give a relation (ref), not a CTE: an
    engine may read it more than once, and may copy a CTE where it would inline a relation. -#}
{% macro latest_rows(relation, keys, order_by, columns, where='true') -%}
    {{ return(adapter.dispatch('latest_rows', 'asn_warehouse')(relation, keys, order_by, columns, where)) }}
{%- endmacro %}

{% macro default__latest_rows(relation, keys, order_by, columns, where) -%}
    select {{ columns | join(', ') }}
    from (
        select
            {{ columns | join(', ') }},
            row_number() over (partition by {{ keys | join(', ') }} order by {{ order_by }}) as row_rank
        from {{ relation }}
        where {{ where }}
    ) as ranked
    where row_rank = 1
{%- endmacro %}

{#- Almost every key occurs once, so the keys that occur more often are found first by a cheap
    hash aggregate, and only their rows are ranked. A collision of hashes only adds rows to rank. A
    planner that guesses how many keys there are may compare every row with every one of them. -#}
{% macro duckdb__latest_rows(relation, keys, order_by, columns, where) -%}
    with repeated_keys as (
        select hash({{ keys | join(', ') }}) as key_hash
        from {{ relation }}
        where {{ where }}
        group by hash({{ keys | join(', ') }})
        having count(*) > 1
    )

    select {{ columns | join(', ') }}
    from {{ relation }}
    where
        {{ where }}
        and hash({{ keys | join(', ') }}) not in (select r.key_hash from repeated_keys as r)
    union all
    {{ asn_warehouse.default__latest_rows(
        relation, keys, order_by, columns,
        where ~ ' and hash(' ~ keys | join(', ') ~ ') in (select r.key_hash from repeated_keys as r)'
    ) | indent(4) }}
{%- endmacro %}

{#- Its planner takes a filter by rank for one that leaves next to nothing, and then compares every
    row of what follows with every one of these; it knows how many `distinct on` leaves. -#}
{% macro postgres__latest_rows(relation, keys, order_by, columns, where) -%}
    select distinct on ({{ keys | join(', ') }}) {{ columns | join(', ') }}
    from {{ relation }}
    where {{ where }}
    order by {{ keys | join(', ') }}, {{ order_by }}
{%- endmacro %}

{#- The `keys` that more than one row of `relation` has: select … from it. -#}
{% macro repeated_keys(relation, keys) -%}
    {{ return(adapter.dispatch('repeated_keys', 'asn_warehouse')(relation, keys)) }}
{%- endmacro %}

{% macro default__repeated_keys(relation, keys, where='true') -%}
    select {{ keys | join(', ') }}
    from {{ relation }}
    where {{ where }}
    group by {{ keys | join(', ') }}
    having count(*) > 1
{%- endmacro %}

{#- To group by eight bytes takes a third of grouping by keys, and all of them in memory. -#}
{% macro duckdb__repeated_keys(relation, keys) -%}
    {%- set hashed = 'hash(' ~ keys | join(', ') ~ ')' -%}
    {{ asn_warehouse.default__repeated_keys(
        relation, keys,
        hashed ~ ' in (select ' ~ hashed ~ ' from ' ~ relation ~ ' group by 1 having count(*) > 1)'
    ) }}
{%- endmacro %}
