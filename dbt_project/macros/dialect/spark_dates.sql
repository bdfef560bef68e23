{#- dbt's date arithmetic on Spark: by calendar and without zones, as the other engines count. -#}

{#- A timestamp `interval` parts later; the 31st becomes a shorter month's last day. -#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    timestampadd({{ datepart }}, cast({{ interval }} as int), cast({{ from_date_or_timestamp }} as timestamp))
{%- endmacro %}

{#- How many boundaries of days, months or years lie between two dates. -#}
{% macro spark__datediff(first_date, second_date, datepart) -%}
    {%- if datepart == 'day' -%}
        date_diff({{ second_date }}, {{ first_date }})
    {%- elif datepart == 'month' -%}
        ((year({{ second_date }}) - year({{ first_date }})) * 12 + month({{ second_date }}) - month({{ first_date }}))
    {%- elif datepart == 'year' -%}
        (year({{ second_date }}) - year({{ first_date }}))
    {%- else -%}
        {{ exceptions.raise_compiler_error("datediff counts days, months and years on Spark, not " ~ datepart) }}
    {%- endif -%}
{%- endmacro %}
