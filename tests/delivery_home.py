"""A home with one publication, its gates passed, and a small report of it; nothing is computed."""

import hashlib
import json
from datetime import datetime
from pathlib import Path

import duckdb

from asn_warehouse import archive, ops
from asn_warehouse.archive import Version
from asn_warehouse.periods import Period
from asn_warehouse.report.delivery import approval
from asn_warehouse.report.delivery.bundle import Bundle, read
from asn_warehouse.settings import Settings

PERIOD = Period(2026, 10)
AT = datetime(2026, 11, 9, 20, 30)
CONTENT = {
    f"laporan-nasional-{PERIOD}.pdf": b"%PDF-1.7 " + b"isi " * 500,
    f"laporan-nasional-{PERIOD}.xlsx": b"PK" + b"lembar " * 500,
    "index.html": "<html lang=id>Laporan – Oktober</html>".encode(),
    "data/datapackage.json": b"{}",
    f"instansi/7471/laporan-7471-{PERIOD}.pdf": b"%PDF-1.7 Kota Kendari",
}


def publish(settings: Settings, version: int = 1) -> None:
    """Make ``version`` the one that is served, computed by a build that passed both gates."""
    build = f"build{version}"
    made = Version(PERIOD, version, build, AT, AT, version - 1 or None, f"{version}" * 64, ())
    folder = archive.directory(settings, PERIOD, version)
    folder.mkdir(parents=True)
    (folder / "publication.json").write_text(made.to_json(), encoding="utf-8")
    event = {
        "number": version,
        "period": str(PERIOD),
        "version": version,
        "action": "publish",
        "build_id": build,
        "published_at": ops.stamp(AT),
        "as_of": ops.stamp(AT),
        "content_sha256": made.content_sha256,
        "rows": 0,
    }
    ops.record(settings, "publication", event)
    for stage in ("datasets", "marts"):
        gate(settings, stage, passed=True, build=build)
    with duckdb.connect(settings.marts_database) as connection:
        connection.execute("create schema if not exists ops")
        ops.write_table(connection, "publication", ops.read(settings, "publication"))


def gate(settings: Settings, stage: str, *, passed: bool, build: str = "build1") -> None:
    """Record how a gate of a build ended."""
    row = {"build_id": build, "period": str(PERIOD), "stage": stage, "suite": "competency"}
    ops.record(settings, "gate", {**row, "passed": passed})


def report(settings: Settings, version: int = 1, **more: bytes) -> Bundle:
    """Write the report of ``version``; ``more`` are files with other bytes, by name."""
    folder = settings.report / str(PERIOD) / f"v{version}"
    content = CONTENT | more
    listed = [
        {"path": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in sorted(content.items())
    ]
    manifest = {
        "period": str(PERIOD),
        "version": version,
        "as_of": AT.isoformat() + "Z",
        "published_at": AT.isoformat() + "Z",
        "content_sha256": f"{version}" * 64,
        "files": listed,
    }
    for name, data in {**content, "manifest.json": json.dumps(manifest).encode()}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return read(settings, PERIOD, version)


def approve(settings: Settings, bundle: Bundle, action: str = approval.APPROVE) -> None:
    """Let Budi answer about ``bundle``."""
    approval.record(settings, bundle, action, who="budi", reason="angka sudah diperiksa")


def approved_home(home: Path, **more: object) -> tuple[Settings, Bundle]:
    """Return a home whose report of version 1 is published, gated and approved."""
    settings = Settings(home=home, **more)  # type: ignore[arg-type]
    publish(settings)
    bundle = report(settings)
    approve(settings, bundle)
    return settings, bundle


def rows(settings: Settings) -> list[tuple[object, ...]]:
    """Return what ``ops.report`` says of deliveries: target, status, who approved, the file."""
    return [
        (row["target"], row["status"], row.get("approved_by"), row["file"])
        for row in ops.read(settings, "report")
    ]
