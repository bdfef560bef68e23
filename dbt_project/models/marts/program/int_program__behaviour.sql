{{ config(schema='core') }}

{{ program_survey('PERILAKU', 'behaviour') }}
