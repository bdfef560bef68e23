{{ config(schema='core') }}

{{ program_survey('REAKSI', 'reaction') }}
