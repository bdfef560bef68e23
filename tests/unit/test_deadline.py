"""The 10th of the month: who is told, when, and how often."""

from datetime import date
from pathlib import Path

import delivery_home as made
import pytest
from delivery_home import PERIOD
from mail_server import Mailbox, mailbox

from asn_warehouse import audit, deadline, orchestration
from asn_warehouse.errors import DeliveryFailed
from asn_warehouse.report import delivery
from asn_warehouse.settings import Settings

__all__ = ["mailbox"]
RUN = {
    "dag_run": {
        "dag_id": "report_monthly",
        "dag_run_id": "scheduled__2026-11-09",
        "logical_date": "2026-11-09T23:00:00Z",
        "run_after": "2026-11-09T23:00:00Z",
        "conf": {},
    }
}
"""What Airflow hands to the callback of a deadline: the 10th at 06:00 in Jakarta."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ASN_HOME", str(tmp_path))
    return Settings(home=tmp_path)


def alerts(settings: Settings) -> list[str]:
    rows = audit.rows(settings)
    assert {(row["action"], row["period"]) for row in rows} <= {("alert", str(PERIOD))}
    return [str(row["details"]) for row in rows]


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (7, None),
        (8, "Terancam: Oktober 2026 belum terbit; laporannya jatuh tempo 10 November 2026."),
        (10, "Terancam: Oktober 2026 belum terbit; laporannya jatuh tempo 10 November 2026."),
        (11, "Terlambat: Oktober 2026 belum terbit; laporannya jatuh tempo 10 November 2026."),
    ],
)
def test_a_month_that_is_not_published_is_told_from_the_8th(
    settings: Settings, day: int, says: str | None
) -> None:
    assert deadline.watch(settings, date(2026, 11, day)) == says
    assert alerts(settings) == ([] if says is None else [says])


def test_a_published_report_that_is_not_delivered_is_told_after_the_10th_until_it_is(
    settings: Settings,
) -> None:
    made.publish(settings)
    made.approve(settings, made.report(settings))
    assert deadline.watch(settings, date(2026, 11, 10)) is None
    said = deadline.watch(settings, date(2026, 11, 11))
    assert said == ("Terlambat: laporan Oktober 2026 (versi 1) sudah terbit, tetapi belum dikirim.")
    (address,) = delivery.targets(settings)
    delivery.deliver(settings, PERIOD, 1, address)
    assert deadline.watch(settings, date(2026, 11, 12)) is None


def test_who_is_to_be_told_gets_one_mail_a_day(mailbox: Mailbox) -> None:
    told = mailbox.settings.model_copy(update={"alert_to": "a@bkn.go.id, b@bkn.go.id"})
    for day in (9, 9, 10):
        deadline.watch(told, date(2026, 11, day))
    assert [to for to, _ in mailbox.mails] == [["a@bkn.go.id", "b@bkn.go.id"]] * 2
    _, message = mailbox.mails[0]
    assert "Terancam: Oktober 2026 belum terbit" in message.get_content()
    assert "Oktober 2026: tenggat tanggal 10" in message["Subject"]
    assert len(alerts(told)) == 4


def test_a_mail_that_failed_is_tried_again_and_the_audit_has_the_alert_at_once(
    mailbox: Mailbox,
) -> None:
    told = mailbox.settings.model_copy(update={"alert_to": "a@bkn.go.id"})
    mailbox.is_full = True
    with pytest.raises(DeliveryFailed, match="system storage"):
        deadline.watch(told, date(2026, 11, 9))
    assert len(alerts(told)) == 1
    mailbox.is_full = False
    for _ in range(2):
        deadline.watch(told, date(2026, 11, 9))
    assert (len(mailbox.mails), alerts(told)[1:]) == (1, ["told by mail: 1"])


def test_a_run_that_has_not_ended_in_time_is_told_once(settings: Settings) -> None:
    for _ in range(2):
        orchestration.report_is_late(RUN)
    assert alerts(settings) == [
        "Terlambat: laporan Oktober 2026 belum disetujui dan dikirim"
        " (report_monthly, scheduled__2026-11-09)."
    ]


def test_a_run_for_another_month_is_told_of_that_month_and_a_delivered_one_not_at_all(
    settings: Settings,
) -> None:
    made.publish(settings)
    made.approve(settings, made.report(settings))
    delivery.deliver(settings, PERIOD, 1, delivery.targets(settings)[0])
    orchestration.report_is_late(RUN)
    assert [row["action"] for row in audit.rows(settings)] == ["approve"]
    other = {"dag_run": {**RUN["dag_run"], "logical_date": None, "conf": {"period": "2025-02"}}}
    orchestration.report_is_late(other)
    assert audit.rows(settings)[-1]["period"] == "2025-02"
