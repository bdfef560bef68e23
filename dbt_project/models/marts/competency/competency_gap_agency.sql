{{ competency_gap_rollup(by_agency=true) }}
