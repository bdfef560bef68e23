"""The figures that tables of the site show, and how charts draw them."""

from asn_warehouse.report import marts
from asn_warehouse.report.site.views import Picture

GAP = (
    ("assessed", "integer"),
    ("coverage", "share"),
    ("required_mean", "decimal2"),
    ("achieved_mean", "decimal2"),
    ("gap_mean", "decimal2"),
    ("met_share", "share"),
)
IDEAL = Picture("dumbbell", ("required_mean", "achieved_mean"), title="ideal")
FIT = (
    ("people", "integer"),
    ("assessed", "integer"),
    ("coverage", "share"),
    ("mapping_o_share", "share"),
    ("mapping_co_share", "share"),
    ("mapping_ko_share", "share"),
    ("selection_ms_share", "share"),
    ("selection_mms_share", "share"),
    ("selection_kms_share", "share"),
    ("jpm_median", "decimal1"),
)
MAPPED = Picture(
    "stacked", ("mapping_o_share", "mapping_co_share", "mapping_ko_share"), title="mapped"
)
SELECTED = Picture(
    "stacked",
    ("selection_ms_share", "selection_mms_share", "selection_kms_share"),
    title="selected",
)
ASSESSED = (
    ("people", "integer"),
    ("assessed", "integer"),
    ("coverage", "share"),
    ("expiring_3_months", "integer"),
    ("expiring_6_months", "integer"),
    ("expiring_12_months", "integer"),
    ("expired", "integer"),
    ("never_assessed", "integer"),
)
NEEDS = (
    ("people_with_gap", "integer"),
    ("total_gap", "integer"),
    ("severe_share", "share"),
    ("planned_participants", "integer"),
    ("unmet_people", "integer"),
    ("recommended_form", "code:learning_form"),
)
LEARNING = (
    ("people_reported", "integer"),
    ("hours_mean", "decimal1"),
    ("hours_median", "decimal1"),
    ("reached_20_share", "share"),
    ("over_24_share", "share"),
    ("no_learning_share", "share"),
)
FORMS = tuple((name, "integer") for name in marts.FORM_GROUPS)
ACCESS = (
    ("people_reported", "integer"),
    ("with_learning_share", "share"),
    ("hours_mean", "decimal1"),
    ("e_learning_share", "share"),
)
COMPARED = (
    ("runs", "integer"),
    ("participants", "integer"),
    ("completion_rate", "share"),
    ("reaction_mean", "decimal2"),
    ("gain_mean", "decimal1"),
    ("gain_ci_low", "decimal1"),
    ("gain_ci_high", "decimal1"),
    ("cost_per_participant", "money"),
    ("cost_per_gain_point", "money"),
    ("obstacle", "code:obstacle"),
)
GAIN = Picture("intervals", ("gain_mean", "gain_ci_low", "gain_ci_high"), totals=False)
RUNS = (
    ("program_agency_code", "agency"),
    ("form_group", "code:form_group"),
    ("evidence", "code:evidence"),
    ("participants", "integer"),
    ("completion_rate", "share"),
    ("reaction_mean", "decimal2"),
    ("gain_mean", "decimal1"),
    ("gain_ci_low", "decimal1"),
    ("gain_ci_high", "decimal1"),
    ("cost_per_participant", "money"),
)
EXCHANGE = (
    ("program_name", "name"),
    ("program_agency_code", "agency"),
    ("form_group", "code:form_group"),
    ("evidence", "code:evidence"),
    ("gain_mean", "decimal1"),
    ("cost_per_participant", "money"),
    ("people_with_gap", "integer"),
    ("people_it_would_serve", "integer"),
)
PROMOTION = (
    ("people", "integer"),
    ("eligible", "integer"),
    ("ready", "integer"),
    ("ready_share", "share"),
    ("most_frequent_blocker", "code:blocker"),
)
MOVES = (
    ("people_reported", "integer"),
    ("promotions_per_1000", "decimal1"),
    ("rotations_per_1000", "decimal1"),
    ("transfers_in_per_1000", "decimal1"),
    ("transfers_out_per_1000", "decimal1"),
    ("demotions_per_1000", "decimal1"),
    ("median_years_in_level", "decimal1"),
    ("stalled_share", "share"),
)
SUCCESSION = (
    ("position_level", "code:position_level"),
    ("incumbents", "integer"),
    ("ready_now", "integer"),
    ("ready_soon", "integer"),
    ("bench_strength", "integer"),
    ("risk", "code:risk"),
)
IP = (
    ("people", "integer"),
    ("measured", "integer"),
    ("ip_asn", "decimal1"),
    ("qualification", "decimal1"),
    ("competency", "decimal1"),
    ("performance", "decimal1"),
    ("discipline", "decimal1"),
)
SERVICE = (
    ("respondents", "integer"),
    ("ikm", "decimal2"),
    ("grade", "name"),
    ("lowest_element", "code:service_element"),
    *((f"nrr_u{number}", "decimal2") for number in range(1, 10)),
)
JOB = (
    ("respondents", "integer"),
    ("score", "decimal1"),
    ("score_last_year", "decimal1"),
    ("change", "decimal1"),
    ("cronbach_alpha", "decimal2"),
)
KPI = (
    ("cases", "integer"),
    ("baseline", "decimal1"),
    ("actual", "decimal1"),
    ("change", "unit"),
    ("target", "unit"),
    ("met", "code:yes_no"),
)
WORKFORCE = (
    ("needed", "integer"),
    ("filled", "integer"),
    ("vacant", "integer"),
    ("surplus", "integer"),
    ("retiring_12_months", "integer"),
    ("retiring_24_months", "integer"),
    ("retiring_60_months", "integer"),
    ("net_need_12_months", "integer"),
)
RECRUITMENT = (
    ("applicants", "integer"),
    ("passed_administration_share", "share"),
    ("hired", "integer"),
    ("hired_share", "share"),
    ("hired_below_standard_share", "share"),
)
BOXES = (("people", "integer"), ("share", "share"))
LEVEL = {"position_level": None}
ALL_LEARN = {"employment_status": None, "position_level": None}
GAP_TOTAL = {"competency_code": None, "position_level": None}
