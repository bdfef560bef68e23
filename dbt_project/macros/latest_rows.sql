{#- The rows of `relation` that come first in `order_by` within each `keys`: select … from it.

    Almost every key occurs once, so the keys that occur more often are found first by a cheap
    hash aggregate, and only their rows are ranked. A collision of hashes only adds rows to rank.
    `where` keeps candidates; `columns` are passed through. Give a relation (ref), not a CTE:
    it is read three times, and engines inline a relation but may copy a CTE. -#}
{% macro latest_rows(relation, keys, order_by, columns, where='true') -%}
    with repeated_keys as (
        select {{ row_hash(keys) }} as key_hash
        from {{ relation }}
        where {{ where }}
        group by {{ row_hash(keys) }}
        having count(*) > 1
    )

    select {{ columns | join(', ') }}
    from {{ relation }}
    where
        {{ where }}
        and {{ row_hash(keys) }} not in (select r.key_hash from repeated_keys as r)
    union all
    select {{ columns | join(', ') }}
    from (
        select
            {{ columns | join(', ') }},
            row_number() over (partition by {{ keys | join(', ') }} order by {{ order_by }}) as row_rank
        from {{ relation }}
        where
            {{ where }}
            and {{ row_hash(keys) }} in (select r.key_hash from repeated_keys as r)
    ) as ranked
    where row_rank = 1
{%- endmacro %}
