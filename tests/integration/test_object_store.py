"""Files that land in an object store, reports that go there: a real S3 server on loopback."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from delivery_home import approved_home, rows
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem
from support import AGENCY, APPRAISAL, GOOD, OTHER, PERIOD, Home, csv_text, make_home, workbook

from asn_warehouse import admission
from asn_warehouse.admission import landing
from asn_warehouse.admission.landing import Chunk
from asn_warehouse.errors import ConfigurationError, DeliveryFailed, UsageError
from asn_warehouse.periods import Period
from asn_warehouse.report import delivery

BUCKET = "bkn"
NOBODY = {
    "AWS_ACCESS_KEY_ID": "",
    "AWS_SECRET_ACCESS_KEY": "",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""An environment without credentials."""

MONTH = Period.parse(PERIOD)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An S3 server; gives its address."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of the server with an empty bucket, and the environment that points to it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "operator")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the tests")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-southeast-3")
    client = boto3.client("s3")
    place = {"LocationConstraint": "ap-southeast-3"}
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    yield client
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    client.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def remote(store: Any, tmp_path: Path) -> Home:
    """A home whose files land in the bucket."""
    return make_home(tmp_path / "remote", landing_at=f"s3://{BUCKET}/kiriman/")


def send(store: Any, name: str, content: bytes, agency: str = AGENCY, month: str = PERIOD) -> None:
    store.put_object(Bucket=BUCKET, Key=f"kiriman/{month}/{agency}/{name}", Body=content)


def send_month(store: Any, tmp_path: Path) -> dict[tuple[str, str], bytes]:
    """Send files of several formats, good and bad; return them."""
    rows = [[f"198003172005011{n:03d}", 2025, "TAHUNAN", 3, 2, ""] for n in range(1, 9)]
    sheet = workbook(tmp_path / "kinerja.xlsx", [APPRAISAL, *rows]).read_bytes()
    large = csv_text(APPRAISAL, [[*row[:1], year, *row[2:]] for row in rows for year in range(25)])
    files = {
        (AGENCY, "kinerja.xlsx"): sheet,
        (OTHER, "kinerja.csv"): GOOD.encode().replace(b"2025", b"tahun", 1),
        (OTHER, "jabatan.csv"): b"kode_jabatan\n1\n",
        (OTHER, "gaji.csv"): b"a\n1\n",
        ("9999", "kinerja.csv"): large.encode(),
    }
    for (agency, name), content in files.items():
        send(store, name, content, agency)
    return files


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs of the objects that are fetched from here on."""
    seen: list[str] = []
    honest = landing.fetch

    def counting(path: str, version: str, target: Path) -> bool:
        seen.append(path)
        assert target.parent.stat().st_mode & 0o777 == 0o700
        is_same = honest(path, version, target)
        assert target.stat().st_mode & 0o777 == 0o600
        return is_same

    monkeypatch.setattr(landing, "fetch", counting)
    return seen


def without(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k not in names} for row in rows]


def test_a_bucket_gives_the_lake_and_the_answers_that_a_folder_gives(
    store: Any, remote: Home, tmp_path: Path
) -> None:
    folder = make_home(tmp_path / "folder")
    for (agency, name), content in send_month(store, tmp_path).items():
        folder.land(name, content, agency)
    outcomes = remote.ingest()
    assert outcomes.keys() == folder.ingest().keys()
    assert len(outcomes) == 5
    ours, theirs = remote.log(), folder.log()
    admitted = [row for row in ours if row["status"] != "ditolak"]
    assert len(admitted) == 2
    assert without(admitted, "received_at") == without(
        [row for row in theirs if row["status"] != "ditolak"], "received_at"
    )
    # What the path alone refuses is not fetched, hence has no digest.
    unread = ("received_at", "file_sha256", "submission_id", "batch_id")
    assert without(ours, *unread) == without(theirs, *unread)
    for agency in (AGENCY, OTHER):
        assert remote.lake("kinerja", agency) == folder.lake("kinerja", agency) != []
        answer = remote.receipt("kinerja", agency) | {"diterima_pada": ""}
        assert answer == folder.receipt("kinerja", agency) | {"diterima_pada": ""}
    assert remote.rejects("kinerja", OTHER) == folder.rejects("kinerja", OTHER)
    assert not list((remote.settings.vault / "scratch").iterdir())
    assert not (remote.settings.home / "landing").exists()


def test_an_object_is_received_when_the_store_says_that_it_was_written(
    store: Any, remote: Home
) -> None:
    send(store, "kinerja.csv", GOOD.encode())
    key = f"kiriman/{PERIOD}/{AGENCY}/kinerja.csv"
    written = store.head_object(Bucket=BUCKET, Key=key)["LastModified"]
    remote.ingest()
    (row,) = remote.log()
    assert row["received_at"] == written.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    assert row["received_at"] <= datetime.now(tz=UTC).replace(tzinfo=None)


def test_a_second_ingest_fetches_nothing_and_a_changed_object_is_a_new_revision(
    store: Any, remote: Home, tmp_path: Path, fetched: list[str]
) -> None:
    send_month(store, tmp_path)
    remote.ingest()
    assert sorted(path.rsplit("/", 2)[-2:] for path in fetched) == [
        [AGENCY, "kinerja.xlsx"],
        [OTHER, "jabatan.csv"],
        [OTHER, "kinerja.csv"],
    ]
    before = remote.log()
    fetched.clear()
    assert remote.ingest() == {}
    assert (fetched, remote.log()) == ([], before)

    send(store, "kinerja.csv", GOOD.encode(), OTHER)
    (outcome,) = remote.ingest().values()
    assert (outcome.revision, outcome.status, len(fetched)) == (2, "diterima", 1)
    assert remote.lake("kinerja", OTHER)


def test_a_month_costs_one_listing(
    store: Any, remote: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    send_month(store, tmp_path)
    remote.ingest()
    calls = []
    honest = S3FileSystem._lsdir

    async def counting(self: S3FileSystem, *arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        return await honest(self, *arguments, **options)

    monkeypatch.setattr(S3FileSystem, "_lsdir", counting)
    assert admission.plan(remote.settings, MONTH) == []
    assert len(calls) == 1


def test_a_chunk_of_objects_survives_json(store: Any, remote: Home) -> None:
    send(store, "kinerja.csv", GOOD.encode())
    (chunk,) = admission.plan(remote.settings, MONTH)
    again = Chunk.from_dict(chunk.to_dict())
    assert again == chunk
    assert chunk.files[0].path == f"s3://{BUCKET}/kiriman/{PERIOD}/{AGENCY}/kinerja.csv"
    (outcome,) = admission.admit(remote.settings, again)
    assert outcome.status == "diterima"


def test_an_object_replaced_after_the_plan_is_refused_and_read_by_the_next_ingest(
    store: Any, remote: Home
) -> None:
    send(store, "kinerja.csv", GOOD.encode())
    (chunk,) = admission.plan(remote.settings, MONTH)
    send(store, "kinerja.csv", GOOD.rpartition("1980")[0].encode())
    (outcome,) = admission.admit(remote.settings, chunk)
    assert (outcome.status, outcome.refusal_rule) == ("ditolak", "file.changing")
    (outcome,) = remote.ingest().values()
    assert (outcome.status, outcome.rows_read) == ("diterima", 2)


def test_an_object_gone_after_the_plan_is_refused(store: Any, remote: Home) -> None:
    send(store, "kinerja.csv", GOOD.encode())
    (chunk,) = admission.plan(remote.settings, MONTH)
    store.delete_object(Bucket=BUCKET, Key=f"kiriman/{PERIOD}/{AGENCY}/kinerja.csv")
    (outcome,) = admission.admit(remote.settings, chunk)
    assert outcome.refusal_rule == "file.changing"


def test_objects_in_wrong_places_get_an_answer(store: Any, remote: Home) -> None:
    send(store, "lama/kinerja.csv", GOOD.encode())
    send(store, "kinerja.csv", GOOD.encode(), month="Oktober")
    store.put_object(Bucket=BUCKET, Key="kiriman/kinerja.csv", Body=b"a")
    store.put_object(Bucket=BUCKET, Key=f"kiriman/{PERIOD}/kinerja.csv", Body=b"a")
    store.put_object(Bucket=BUCKET, Key=f"kiriman/{PERIOD}/{AGENCY}/", Body=b"")
    summary = admission.ingest(remote.settings, MONTH)
    found = {(o.file.period, o.refusal_rule) for o in summary.outcomes}
    assert found == {
        (PERIOD, "file.nested"),
        (PERIOD, "file.unknown_agency"),
        ("Oktober", "file.unknown_period"),
        ("tanpa-bulan", "file.unknown_period"),
    }


def test_an_empty_place_is_nothing_landed(store: Any, remote: Home) -> None:
    with pytest.raises(UsageError, match=f"Nothing has landed.*s3://{BUCKET}/kiriman/{PERIOD}"):
        remote.ingest()


@pytest.mark.parametrize(
    ("environment", "place", "says"),
    [
        ({}, "s3://no-such-bucket/kiriman", "bucket does not exist"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, f"s3://{BUCKET}/kiriman", "127.0.0.1:9"),
        (NOBODY, f"s3://{BUCKET}/kiriman", "credentials"),
        ({}, "gs://bkn/kiriman", "gcsfs"),
        ({}, "ftpx://bkn/kiriman", "ftpx"),
    ],
)
def test_a_place_that_cannot_be_reached_is_one_error_with_a_way_to_mend_it(
    store: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    place: str,
    says: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    S3FileSystem.clear_instance_cache()
    home = make_home(tmp_path / "home", landing_at=place)
    with pytest.raises(ConfigurationError, match=f"{place} cannot be reached.*{says}") as caught:
        home.ingest()
    S3FileSystem.clear_instance_cache()
    assert "ASN_LANDING" in caught.value.mend and "AWS_SECRET_ACCESS_KEY" in caught.value.mend


def test_what_writes_into_a_folder_says_that_a_bucket_is_none(remote: Home) -> None:
    with pytest.raises(ConfigurationError, match="no folder to write into"):
        _ = remote.settings.landing


# Reports that are delivered into an object store

PLACE = f"s3://{BUCKET}/laporan"


def objects(store: Any) -> dict[str, bytes]:
    found = store.list_objects_v2(Bucket=BUCKET, Prefix="laporan/").get("Contents", [])
    return {
        item["Key"].removeprefix(f"laporan/{MONTH}/v1/"): store.get_object(
            Bucket=BUCKET, Key=item["Key"]
        )["Body"].read()
        for item in found
    }


def test_a_bucket_gets_the_report_with_its_manifest_last_and_a_repeat_says_so(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, bundle = approved_home(tmp_path / "home")
    sent: list[str] = []
    honest = S3FileSystem._put_file

    async def noting(self: S3FileSystem, local: str, remote: str, **options: Any) -> Any:
        sent.append(remote)
        return await honest(self, local, remote, **options)

    monkeypatch.setattr(S3FileSystem, "_put_file", noting)
    done = delivery.deliver(settings, MONTH, 1, PLACE)
    assert (done.status, done.files, len(sent)) == ("delivered", 6, 6)
    assert sent[-1].endswith("/manifest.json")
    there = objects(store)
    assert there == {file.name: bundle.path(file).read_bytes() for file in bundle.files}
    assert delivery.deliver(settings, MONTH, 1, PLACE).status == "unchanged"
    assert len(sent) == 6

    # What was damaged, lost or added there is mended by the next delivery.
    for key, body in (("index.html", b"half"), ("lama.csv", b"of an earlier report")):
        store.put_object(Bucket=BUCKET, Key=f"laporan/{MONTH}/v1/{key}", Body=body)
    assert delivery.deliver(settings, MONTH, 1, PLACE).status == "delivered"
    assert objects(store) == there


def test_a_bucket_that_keeps_other_bytes_gets_no_manifest(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _ = approved_home(tmp_path / "home")
    honest = S3FileSystem._put_file

    async def damaging(self: S3FileSystem, local: str, remote: str, **options: Any) -> Any:
        other = tmp_path / "other"
        other.write_bytes(Path(local).read_bytes()[::-1])
        return await honest(self, str(other), remote, **options)

    monkeypatch.setattr(S3FileSystem, "_put_file", damaging)
    with pytest.raises(DeliveryFailed, match="is not what was sent"):
        delivery.deliver(settings, MONTH, 1, PLACE)
    assert "manifest.json" not in objects(store)


def test_a_bucket_that_does_not_let_us_in_is_a_failure_to_try_again(
    store: Any, tmp_path: Path
) -> None:
    settings, _ = approved_home(tmp_path / "home")
    with pytest.raises(DeliveryFailed, match="s3://none/laporan cannot be reached") as caught:
        delivery.deliver(settings, MONTH, 1, "s3://none/laporan")
    assert "ASN_DELIVERY" in caught.value.mend
    assert rows(settings) == [("s3://none/laporan", "failed", None, "manifest.json")]
