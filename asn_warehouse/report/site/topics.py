"""The topics of the site, and the tables of each."""

from dataclasses import dataclass

from asn_warehouse.report import marts
from asn_warehouse.report.site.views import EVERY, PERIOD, TOTAL, Picture, View, trend

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


@dataclass(frozen=True)
class Topic:
    """A page: its name, the section of the report that says the same in words, its tables."""

    id: str
    section: str
    views: tuple[View, ...]


_GAPS = marts.COMPETENCY_GAP_NATIONAL
TOPICS = (
    Topic("kiriman", "kepatuhan", ()),
    Topic(
        "kesenjangan",
        "kesenjangan",
        (
            View(
                "gap_family",
                _GAPS,
                (PERIOD, "family"),
                GAP,
                where=GAP_TOTAL,
                filters=(PERIOD,),
                months=True,
                pictures=(IDEAL,),
            ),
            View(
                "gap_level",
                _GAPS,
                (PERIOD, "family", "position_level"),
                GAP,
                where={"competency_code": None},
                filters=("family", "position_level", PERIOD),
                defaults={"family": TOTAL},
                months=True,
                pictures=(IDEAL,),
            ),
            View(
                "gap_competency",
                _GAPS,
                ("family", "competency_code"),
                GAP,
                where={"position_level": None, "competency_code": ...},
                filters=("family",),
                pictures=(Picture("bar", ("gap_mean",), limit=20),),
            ),
            View(
                "gap_field",
                marts.COMPETENCY_GAP_FIELD,
                ("family", "job_family"),
                GAP,
                filters=("family", "job_family"),
                defaults={"family": TOTAL},
                pictures=(IDEAL,),
            ),
            trend(
                "gap_trend",
                _GAPS,
                {"family": None, **GAP_TOTAL},
                ("gap_mean", "decimal2"),
                ("met_share", "share"),
                ("coverage", "share"),
            ),
        ),
    ),
    Topic(
        "kesesuaian",
        "kesesuaian",
        (
            View(
                "fit_level",
                marts.POSITION_FIT,
                (PERIOD, "position_level"),
                FIT,
                filters=("position_level", PERIOD),
                months=True,
                pictures=(MAPPED, SELECTED),
            ),
            View(
                "assessment_method",
                marts.ASSESSMENT_COVERAGE,
                ("method",),
                ASSESSED,
                where=LEVEL,
                pictures=(Picture("bar", ("assessed",), totals=False),),
            ),
            View(
                "assessment_level",
                marts.ASSESSMENT_COVERAGE,
                ("position_level",),
                ASSESSED,
                where={"method": None},
                filters=("position_level",),
                pictures=(Picture("bar", ("coverage",)),),
            ),
            trend(
                "fit_trend",
                marts.POSITION_FIT,
                LEVEL,
                ("coverage", "share"),
                ("jpm_mean_mapping", "decimal1"),
                ("jpm_mean_selection", "decimal1"),
            ),
        ),
    ),
    Topic(
        "kebutuhan",
        "kebutuhan",
        (
            View(
                "need_competency",
                marts.TRAINING_NEED,
                ("family", "competency_code"),
                NEEDS,
                where=LEVEL,
                filters=("family",),
                order=("people_with_gap",),
                pictures=(Picture("bar", ("people_with_gap",)), Picture("bar", ("unmet_people",))),
            ),
            View(
                "need_level",
                marts.TRAINING_NEED,
                ("family", "competency_code", "position_level"),
                NEEDS,
                where={"position_level": ...},
                filters=("family", "position_level"),
                order=("people_with_gap",),
                limit=250,
            ),
        ),
    ),
    Topic(
        "pembelajaran",
        "jam-pelajaran",
        (
            View(
                "learning_level",
                marts.LEARNING_HOURS,
                (PERIOD, "employment_status", "position_level"),
                LEARNING,
                filters=("employment_status", "position_level", PERIOD),
                defaults={"employment_status": TOTAL},
                months=True,
                pictures=(Picture("bar", ("hours_mean",)),),
            ),
            View(
                "learning_form",
                marts.LEARNING_HOURS,
                ("employment_status",),
                FORMS,
                where=LEVEL,
                pictures=(Picture("stacked", marts.FORM_GROUPS),),
            ),
            View(
                "access_region",
                marts.LEARNING_ACCESS,
                ("region_class",),
                ACCESS,
                where={"province_code": None},
                pictures=(Picture("bar", ("e_learning_share",)), Picture("bar", ("hours_mean",))),
            ),
            View(
                "access_province",
                marts.LEARNING_ACCESS,
                ("province_code",),
                ACCESS,
                where={"region_class": None, "province_code": ...},
                pictures=(Picture("bar", ("hours_mean",), limit=40),),
            ),
            trend(
                "learning_trend",
                marts.LEARNING_HOURS,
                ALL_LEARN,
                ("hours_mean", "decimal1"),
                ("reached_20_share", "share"),
                ("no_learning_share", "share"),
            ),
        ),
    ),
    Topic(
        "program",
        "program",
        (
            View(
                "program_form",
                marts.PROGRAM_COMPARISON,
                ("form_group",),
                COMPARED,
                pictures=(GAIN, Picture("bar", ("cost_per_gain_point",), totals=False)),
            ),
            View(
                "program_run",
                marts.PROGRAM_EFFECTIVENESS,
                ("program_name", "run"),
                RUNS,
                order=("evidence", "participants"),
                limit=100,
                filters=("form_group", "evidence"),
                pictures=(Picture("intervals", GAIN.columns, limit=15),),
            ),
            View(
                "exchange",
                marts.PROGRAM_EXCHANGE,
                ("agency_code", "competency_code"),
                EXCHANGE,
                where={"agency_code": ...},
                order=("people_it_would_serve",),
                limit=100,
                filters=("form_group",),
            ),
        ),
    ),
    Topic(
        "talenta",
        "talenta",
        (
            View(
                "box_level",
                marts.TALENT_BOX,
                ("position_level", "box"),
                BOXES,
                filters=("box", "position_level"),
                defaults={"position_level": TOTAL},
                pictures=(Picture("bar", ("people",)),),
            ),
            View(
                "succession",
                marts.SUCCESSION_BENCH,
                ("agency_code", "position_name"),
                SUCCESSION,
                where={"agency_code": ..., "position_code": ..., "unit_code": ...},
                filters=("risk",),
                limit=250,
            ),
            View(
                "promotion",
                marts.PROMOTION_READINESS,
                ("position_level",),
                PROMOTION,
                filters=("position_level",),
                pictures=(Picture("bar", ("ready_share",)),),
            ),
            View(
                "mobility",
                marts.CAREER_MOBILITY,
                (PERIOD, "position_level"),
                MOVES,
                filters=("position_level", PERIOD),
                months=True,
                pictures=(Picture("bar", ("stalled_share",)),),
            ),
        ),
    ),
    Topic(
        "ip-asn",
        "ip-asn",
        (
            View(
                "ip_status",
                marts.PROFESSIONALISM_INDEX,
                ("employment_status",),
                IP,
                pictures=(Picture("bar", ("ip_asn",)),),
            ),
            View(
                "ip_agency",
                marts.PROFESSIONALISM_INDEX,
                ("agency_code",),
                IP,
                where={"employment_status": None, "agency_code": EVERY},
                pictures=(Picture("bar", ("ip_asn",), limit=30),),
            ),
            trend(
                "ip_trend",
                marts.PROFESSIONALISM_INDEX,
                {"employment_status": None},
                ("ip_asn", "decimal1"),
                ("measured", "integer"),
            ),
        ),
    ),
    Topic(
        "kepuasan",
        "kepuasan",
        (
            View(
                "kpi",
                marts.KPI_SCORECARD,
                (PERIOD, "indicator"),
                KPI,
                filters=(PERIOD,),
                months=True,
            ),
            View(
                "service_agency",
                marts.SERVICE_SATISFACTION,
                ("agency_code",),
                SERVICE,
                where={"service_code": None, "agency_code": EVERY},
                pictures=(Picture("bar", ("ikm",), limit=30),),
            ),
            View(
                "job_agency",
                marts.JOB_SATISFACTION,
                ("agency_code",),
                JOB,
                where={"agency_code": EVERY},
                pictures=(Picture("bar", ("score",), limit=30),),
            ),
            trend(
                "service_trend",
                marts.SERVICE_SATISFACTION,
                {"service_code": None},
                ("ikm", "decimal2"),
                ("respondents", "integer"),
            ),
        ),
    ),
    Topic(
        "pegawai",
        "tenaga",
        (
            View(
                "workforce_level",
                marts.WORKFORCE_PLAN,
                ("position_level",),
                WORKFORCE,
                where={"job_family": None},
                filters=("position_level",),
                pictures=(Picture("bar", ("vacant",), totals=False),),
            ),
            View(
                "workforce_field",
                marts.WORKFORCE_PLAN,
                ("job_family",),
                WORKFORCE,
                where=LEVEL,
                pictures=(Picture("bar", ("vacant",), totals=False),),
            ),
            View(
                "recruitment",
                marts.RECRUITMENT_QUALITY,
                ("position_level", "track"),
                RECRUITMENT,
                filters=("track", "position_level"),
                defaults={"position_level": TOTAL},
                pictures=(Picture("bar", ("hired_share",)),),
            ),
            trend(
                "workforce_trend",
                marts.WORKFORCE_PLAN,
                {"job_family": None, **LEVEL},
                ("filled", "integer"),
                ("vacant", "integer"),
            ),
        ),
    ),
    Topic("mutu", "mutu-data", ()),
    Topic("metode", "catatan", ()),
)
"""In reading order; the first and the last two have tables of their own making."""

AGENCY_VIEWS = (
    View(
        "agency_gap",
        marts.COMPETENCY_GAP_AGENCY,
        ("family",),
        GAP,
        where=GAP_TOTAL,
        pictures=(IDEAL,),
    ),
    View(
        "agency_gap_level",
        marts.COMPETENCY_GAP_AGENCY,
        ("position_level",),
        GAP,
        where={"family": None, "competency_code": None, "position_level": ...},
    ),
    View(
        "agency_field",
        marts.COMPETENCY_GAP_FIELD,
        ("job_family",),
        GAP,
        where={"family": None, "job_family": ...},
    ),
    View("agency_fit", marts.POSITION_FIT, ("position_level",), FIT, pictures=(MAPPED,)),
    View(
        "agency_need",
        marts.TRAINING_NEED,
        ("competency_code",),
        NEEDS,
        where={"position_level": None, "competency_code": ...},
        order=("people_with_gap",),
        limit=10,
    ),
    View(
        "agency_learning",
        marts.LEARNING_HOURS,
        ("employment_status",),
        LEARNING,
        where=LEVEL,
        pictures=(Picture("bar", ("hours_mean",)),),
    ),
    View(
        "agency_program",
        marts.PROGRAM_COMPARISON,
        ("form_group",),
        COMPARED,
        pictures=(GAIN,),
    ),
    View(
        "agency_exchange",
        marts.PROGRAM_EXCHANGE,
        ("competency_code",),
        EXCHANGE,
        order=("people_it_would_serve",),
        limit=8,
    ),
    View("agency_promotion", marts.PROMOTION_READINESS, ("position_level",), PROMOTION),
    View("agency_mobility", marts.CAREER_MOBILITY, ("position_level",), MOVES),
    View("agency_ip", marts.PROFESSIONALISM_INDEX, ("employment_status",), IP),
    View("agency_service", marts.SERVICE_SATISFACTION, ("service_name",), SERVICE[:4]),
    View("agency_job", marts.JOB_SATISFACTION, (), JOB),
    View("agency_kpi", marts.KPI_SCORECARD, ("indicator",), KPI),
    View(
        "agency_workforce",
        marts.WORKFORCE_PLAN,
        ("position_level",),
        WORKFORCE,
        where={"job_family": None},
    ),
    View(
        "agency_recruitment",
        marts.RECRUITMENT_QUALITY,
        ("track",),
        RECRUITMENT,
        where=LEVEL,
    ),
)
"""The tables of an agency's page."""
