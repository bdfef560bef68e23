"""This project's month: admission, build, gates, suppression and publication; no report."""

import structlog
from task import Task

from asn_warehouse import pipeline
from asn_warehouse.periods import Period
from asn_warehouse.settings import get_settings


def main() -> None:
    """Do it, stage by stage."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    task = Task()
    settings = get_settings(task.home)
    month = pipeline.run_month(settings, Period.parse(task.period), with_report=False)
    task.seconds.update(month.seconds)
    task.done()


if __name__ == "__main__":
    main()
