{#- Fails for every combination of the grain's columns that occurs more than once; null equals null. -#}
{% test grain_is_unique(model, columns) %}
    {{ repeated_keys(model, columns) }}
{% endtest %}

{#- Fails for every row in which an expression is false; a null passes, as in a check constraint. -#}
{% test holds(model, condition) %}
    select *
    from {{ model }}
    where not ({{ condition }})
{% endtest %}
