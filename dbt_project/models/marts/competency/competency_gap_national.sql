{{ competency_gap_rollup(by_agency=false) }}
