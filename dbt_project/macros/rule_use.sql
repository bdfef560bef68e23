{#- Which rule sets reach a published column: for every rule set that `meta.rule_sets` of a column of
    a public mart names (`set` or `set.item`), the names of those marts in order, and their topic:
    the first in the order below, or `general` where they are of more than two. -#}
{% macro rule_use() -%}
    {%- set order = ['competency', 'learning', 'program', 'talent', 'workforce', 'index', 'submission'] -%}
    {%- set marts, topics = {}, {} -%}
    {%- for node in graph.get('nodes', {}).values() if node.resource_type == 'model' and node.config.schema == 'marts' -%}
        {%- for column in node.columns.values() -%}
            {%- for entry in column.config.meta.get('rule_sets', []) -%}
                {%- set rule_set = entry.split('.')[0] -%}
                {%- do marts.setdefault(rule_set, []).append(node.name) -%}
                {%- do topics.setdefault(rule_set, []).append(node.fqn[2]) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for rule_set in marts | sort -%}
        {%- set found = topics[rule_set] | unique | list -%}
        {%- set topic = 'general' if found | length > 2 else order | select('in', found) | first -%}
        {{ "union all " if not loop.first }}
        select
            '{{ rule_set }}' as rule_set,
            '{{ topic }}' as topic,
            '{{ marts[rule_set] | unique | sort | join(", ") }}' as marts
    {% else -%}
        select
            cast(null as {{ dbt.type_string() }}) as rule_set,
            cast(null as {{ dbt.type_string() }}) as topic,
            cast(null as {{ dbt.type_string() }}) as marts
        where false
    {%- endfor -%}
{%- endmacro %}
