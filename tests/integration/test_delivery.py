"""Delivery of reports: what is not published, gated and approved goes nowhere."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import delivery_home as made
import pytest
from delivery_home import PERIOD, approved_home
from mail_server import SECRET, Mailbox, mailbox
from typer.testing import CliRunner, Result

from asn_warehouse import audit, cli, ops
from asn_warehouse.errors import (
    AsnError,
    ConfigurationError,
    DeliveryFailed,
    DeliveryRefused,
    UsageError,
)
from asn_warehouse.report import delivery
from asn_warehouse.report.delivery import addresses, approval
from asn_warehouse.report.delivery.bundle import Bundle, read
from asn_warehouse.settings import Settings, get_settings

__all__ = ["mailbox"]
HEADS = ["index.html", f"laporan-nasional-{PERIOD}.pdf", f"laporan-nasional-{PERIOD}.xlsx",
         "manifest.json"]  # fmt: skip


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def send(settings: Settings, address: str, version: int = 1, **more: Any) -> delivery.Delivery:
    return delivery.deliver(settings, PERIOD, version, address, **more)


@pytest.fixture
def share(tmp_path: Path) -> Path:
    folder = tmp_path / "srv"
    folder.mkdir()
    return folder


def test_a_folder_gets_the_whole_report_once_and_a_repeat_says_so(
    tmp_path: Path, share: Path
) -> None:
    settings, bundle = approved_home(tmp_path / "home")
    done = send(settings, share.as_uri())
    assert (done.status, done.approved_by, done.files) == ("delivered", "budi", 6)
    final = share / str(PERIOD) / "v1"
    assert tree(final) == tree(bundle.directory)
    assert made.rows(settings) == [(share.as_uri(), "delivered", "budi", name) for name in HEADS]
    before = {path: path.stat().st_mtime_ns for path in share.rglob("*")}
    assert send(settings, share.as_uri()).status == "unchanged"
    assert {path: path.stat().st_mtime_ns for path in share.rglob("*")} == before
    assert made.rows(settings)[len(HEADS) :] == [
        (share.as_uri(), "unchanged", "budi", "manifest.json")
    ]


def test_what_was_damaged_or_left_half_at_the_target_is_replaced(
    tmp_path: Path, share: Path
) -> None:
    settings, bundle = approved_home(tmp_path / "home")
    final = share / str(PERIOD) / "v1"
    (final / "data").mkdir(parents=True)
    (final / "index.html").write_bytes(b"half")
    (final / "stray.txt").write_bytes(b"of somebody else")
    (share / str(PERIOD) / ".v1.partial-killed").mkdir()
    assert send(settings, share.as_uri()).status == "delivered"
    assert tree(share) == {f"{PERIOD}/v1/{k}": v for k, v in tree(bundle.directory).items()}


def test_a_folder_that_is_gone_is_not_made_and_the_failure_is_recorded(tmp_path: Path) -> None:
    settings, _ = approved_home(tmp_path / "home")
    gone = tmp_path / "share"
    with pytest.raises(DeliveryFailed, match="is not there"):
        send(settings, gone.as_uri())
    assert not gone.exists()
    (row,) = ops.read(settings, "report")
    assert (row["status"], row["target"]) == ("failed", gone.as_uri())
    assert "is not there" in str(row["message"])


def test_without_targets_the_report_is_released_where_it_lies(tmp_path: Path) -> None:
    settings, bundle = approved_home(tmp_path / "home")
    before = tree(bundle.directory)
    (address,) = delivery.targets(settings)
    assert [send(settings, address).status for _ in range(2)] == ["delivered", "unchanged"]
    assert tree(bundle.directory) == before


# What must never be delivered

Change = Callable[[Settings, Bundle], object]
FORBIDDEN: dict[str, tuple[Change, str]] = {
    "a gate failed since": (
        lambda home, _: made.gate(home, "marts", passed=False),
        "failed marts/competency",
    ),
    "a newer version is served": (
        lambda home, _: made.publish(home, 2),
        "Version 2 of 2026-10 is served now",
    ),
    "a file was changed": (
        lambda _, bundle: (bundle.directory / "index.html").write_bytes(b"other"),
        "index.html",
    ),
    "a file is missing": (
        lambda _, bundle: (bundle.directory / "data/datapackage.json").unlink(),
        "data/datapackage.json",
    ),
    "a file was added": (
        lambda _, bundle: (bundle.directory / "data/orang.csv").write_bytes(b"nip"),
        "data/orang.csv",
    ),
    "it was made anew after it was approved": (
        lambda home, _: made.report(home, **{"index.html": b"<html>other</html>"}),
        "Nobody approved",
    ),
    "it was refused after it was approved": (
        lambda home, bundle: made.approve(home, bundle, approval.REFUSE),
        "budi refused .*angka sudah diperiksa",
    ),
    "the archive has another content": (
        lambda home, _: republish_otherwise(home),
        "not about what is published",
    ),
}  # fmt: skip


def republish_otherwise(settings: Settings) -> None:
    path = settings.warehouse / "publications" / str(PERIOD) / "v1" / "publication.json"
    path.write_text(path.read_text().replace("1" * 64, "9" * 64))


@pytest.mark.parametrize("case", FORBIDDEN)
def test_never_delivered_when(case: str, tmp_path: Path, share: Path) -> None:
    settings, bundle = approved_home(tmp_path / "home")
    change, says = FORBIDDEN[case]
    change(settings, bundle)
    with pytest.raises(DeliveryRefused, match=says):
        send(settings, share.as_uri())
    assert not list(share.iterdir())
    assert [row[1] for row in made.rows(settings)] == ["refused"]


@pytest.mark.parametrize("gates", [(), ("datasets",), ("marts",)])
def test_never_delivered_when_a_gate_was_not_passed(
    gates: tuple[str, ...], tmp_path: Path, share: Path
) -> None:
    settings, _ = approved_home(tmp_path / "home")
    (settings.warehouse / "ops" / "gate.jsonl").unlink()
    for stage in gates:
        made.gate(settings, stage, passed=True)
        made.gate(settings, stage, passed=True, build="another")
    with pytest.raises(DeliveryRefused, match="never passed"):
        send(settings, share.as_uri())
    assert not list(share.iterdir())


def test_never_delivered_when_nobody_was_asked_unless_the_settings_say_so(
    tmp_path: Path, share: Path
) -> None:
    settings = Settings(home=tmp_path / "home")
    made.publish(settings)
    made.report(settings)
    with pytest.raises(DeliveryRefused, match="Nobody approved"):
        send(settings, share.as_uri())
    free = settings.model_copy(update={"report_approval": False})
    done = send(free, share.as_uri())
    assert (done.status, done.approved_by) == ("delivered", None)


def test_never_delivered_when_nothing_is_published_or_no_report_was_made(
    tmp_path: Path, share: Path
) -> None:
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(DeliveryRefused, match="There is no report"):
        send(settings, share.as_uri())
    made.report(settings)
    with pytest.raises(DeliveryRefused, match="Nothing of 2026-10 is published"):
        send(settings, share.as_uri())


def test_the_bytes_that_were_asked_about_are_those_that_are_delivered(
    tmp_path: Path, share: Path
) -> None:
    settings, bundle = approved_home(tmp_path / "home")
    again = made.report(settings, **{"index.html": b"<html>later</html>"})
    made.approve(settings, again)
    with pytest.raises(DeliveryRefused, match="made anew since"):
        send(settings, share.as_uri(), manifest_sha256=bundle.manifest.sha256)
    assert send(settings, share.as_uri(), manifest_sha256=again.manifest.sha256).files == 6


def test_an_approval_is_no_longer_one_when_the_audit_was_changed(
    tmp_path: Path, share: Path
) -> None:
    settings = Settings(home=tmp_path / "home")
    made.publish(settings)
    bundle = made.report(settings)
    made.approve(settings, bundle, approval.REFUSE)
    journal = settings.warehouse / "ops" / "audit.jsonl"
    journal.write_text(journal.read_text().replace('"refuse"', '"approve"'))
    with pytest.raises(AsnError, match="audit was changed"):
        send(settings, share.as_uri())


def test_a_reason_is_kept_in_one_line_without_the_number_of_a_person(tmp_path: Path) -> None:
    settings, bundle = approved_home(tmp_path / "home")
    reason = "JPM  Kendari\nsalah, lihat 19800317 200501 1 001"
    approval.record(settings, bundle, approval.REFUSE, who="sri", reason=reason)
    approval.record(settings, bundle, approval.REFUSE, who="sri", reason=" ")
    assert [row["reason"] for row in audit.rows(settings)][1:] == [
        "JPM Kendari salah, lihat […]",
        None,
    ]


# Addresses


@pytest.mark.parametrize(
    "address",
    ["srv/bkn", "/srv/bkn", "file://host/srv", "ftp://bkn/x", "s3://", "mailto:", "mailto:bkn",
     "mailto:a@bkn.go.id?bcc=b@x.id"],
)  # fmt: skip
def test_a_wrong_address_is_refused_with_a_way_to_mend_it(address: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, delivery=address, smtp_host="localhost")
    with pytest.raises(ConfigurationError, match="ASN_DELIVERY") as caught:
        delivery.targets(settings)
    assert "s3://bucket/prefix" in caught.value.mend


def test_a_secret_in_an_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, delivery=f"s3://kunci:{SECRET}@bucket/bkn")
    with pytest.raises(ConfigurationError) as caught:
        delivery.targets(settings)
    assert SECRET not in str(caught.value)


def test_addresses_are_taken_in_their_order_once(tmp_path: Path) -> None:
    written = "s3://bkn/laporan/, file:///srv/bkn,mailto:data@bkn.go.id,file:///srv/bkn"
    settings = Settings(home=tmp_path, delivery=written, smtp_host="localhost")
    assert delivery.targets(settings) == [
        "s3://bkn/laporan",
        "file:///srv/bkn",
        "mailto:data@bkn.go.id",
    ]


def test_by_hand_the_same_is_asked_and_who_approved_must_be_said(
    tmp_path: Path, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASN_DELIVERY", share.as_uri())
    monkeypatch.setenv("ASN_OPERATOR", "sri")
    settings = get_settings()
    made.publish(settings)
    made.report(settings)

    def asn(*more: str) -> Result:
        return CliRunner().invoke(cli.app, ["deliver", "--period", str(PERIOD), *more])

    assert isinstance(asn().exception, DeliveryRefused)
    assert isinstance(asn("--approved-by", "Budi").exception, UsageError)
    assert isinstance(asn("--target", "file:///elsewhere").exception, UsageError)
    assert not list(share.iterdir())
    done = asn("--approved-by", "Budi", "--reason", "nota dinas 12/2026")
    assert done.exit_code == 0 and "delivered, 6 files" in done.output
    assert asn().output == f"{share.as_uri()}: unchanged, 6 files\n"
    (answer,) = (row for row in audit.rows(settings) if row["action"] == "approve")
    assert (answer["actor"], answer["reason"]) == ("Budi", "nota dinas 12/2026 (entered by sri)")


# Mail, to a real server in this process


def test_a_mail_brings_pdf_and_workbook_once_over_an_encrypted_line(
    mailbox: Mailbox,
) -> None:
    settings = mailbox.settings
    _, bundle = approved_home(settings.home)
    (address,) = delivery.targets(settings)
    assert [send(settings, address).status for _ in range(2)] == ["delivered", "unchanged"]
    ((recipients, mail),) = mailbox.mails
    assert recipients == ["data@bkn.go.id"]
    assert mail["Subject"] == "Laporan nasional pengembangan kompetensi ASN Oktober 2026 (versi 1)"
    assert mail["Message-ID"].startswith(f"<laporan-2026-10-v1-{bundle.manifest.sha256[:24]}@asn")
    body = mail.get_body()
    assert body is not None and "Yth. Bapak/Ibu" in body.get_content()
    assert "terbit 10 November 2026 pukul 03.30 WIB" in body.get_content()
    attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert attached == {n: made.CONTENT[n] for n in HEADS if n.endswith((".pdf", ".xlsx"))}
    assert {row[0] for row in made.rows(settings)} == {"mailto:data@bkn.go.id"}
    kept = [
        p for p in settings.home.rglob("*") if p.is_file() and SECRET.encode() in p.read_bytes()
    ]
    assert kept == []


def test_what_is_too_large_for_a_mail_stays_out_and_the_mail_says_where_it_is(
    mailbox: Mailbox, share: Path
) -> None:
    settings = mailbox.settings.model_copy(
        update={"smtp_max_bytes": 100, "delivery": f"{share.as_uri()},mailto:data@bkn.go.id"}
    )
    approved_home(settings.home)
    send(settings, "mailto:data@bkn.go.id")
    ((_, mail),) = mailbox.mails
    assert list(mail.iter_attachments()) == []
    text = mail.get_content()
    assert "terlalu besar" in text and f"- {share.as_uri()}/2026-10/v1" in text


def test_a_mail_server_that_is_not_trusted_or_takes_nothing_is_a_failure_to_try_again(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = mailbox.settings
    approved_home(settings.home)
    mailbox.is_full = True
    with pytest.raises(DeliveryFailed, match="insufficient system storage"):
        send(settings, "mailto:data@bkn.go.id")
    mailbox.is_full = False
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(DeliveryFailed, match="CERTIFICATE_VERIFY_FAILED"):
        send(settings, "mailto:data@bkn.go.id")
    open_line = settings.model_copy(update={"smtp_security": "none"})
    with pytest.raises(DeliveryFailed) as caught:
        send(open_line, "mailto:data@bkn.go.id")
    assert SECRET not in str(caught.value)
    assert mailbox.mails == []
    assert [row[1] for row in made.rows(settings)] == ["failed"] * 3


def test_a_password_is_never_sent_in_clear_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASN_SMTP_SECURITY", "none")
    monkeypatch.setenv("ASN_SMTP_PASSWORD", SECRET)
    with pytest.raises(ConfigurationError, match="clear text") as caught:
        get_settings()
    assert SECRET not in str(caught.value) + json.dumps(str(caught.value.mend))


def test_addresses_name_the_kinds_that_there_are(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, smtp_host="localhost")
    kinds = {
        a: addresses.parse(settings, a).kind for a in ("file:///a b", "gs://b/c", "mailto:a@b.c")
    }
    assert list(kinds.values()) == ["folder", "store", "mail"]
    assert addresses.parse(settings, "file:///srv/a%20b").folder == Path("/srv/a b")


def test_a_report_read_for_delivery_has_its_manifest_last(tmp_path: Path) -> None:
    settings, bundle = approved_home(tmp_path)
    assert read(settings, PERIOD, 1) == bundle
    assert [file.name for file in bundle.files][-1] == "manifest.json"
