"""Contracts: valid ODCS, usable by admission, and refused clearly when broken."""

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest
import yaml

from asn_warehouse.admission.rules import MASK_BITS, checks
from asn_warehouse.contracts import dataset, datasets, fold, lake_columns, read_contract
from asn_warehouse.errors import ContractError, UsageError
from asn_warehouse.settings import Settings

SETTINGS = Settings()
NAMES = (
    "hukuman_disiplin", "jabatan", "kinerja", "kompetensi", "pegawai", "penilaian_kompetensi",
    "peserta_pelatihan", "potensi", "program_pelatihan", "rekam_jejak", "rencana_pengembangan",
    "riwayat_jabatan", "seleksi", "standar_kompetensi", "survei_kepuasan_kerja",
    "survei_kepuasan_masyarakat", "survei_pelatihan",
)  # fmt: skip


def loaded(name: str) -> dict[str, Any]:
    text = (SETTINGS.contracts_dir / f"{name}.yaml").read_text("utf-8")
    contract: dict[str, Any] = yaml.safe_load(text)
    return contract


def test_there_is_a_contract_for_every_dataset_and_no_other() -> None:
    assert tuple(datasets(SETTINGS)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_is_valid_by_the_schema_of_the_standard(name: str) -> None:
    standard = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text())
    jsonschema.validate(json.loads(json.dumps(loaded(name), default=str)), standard)


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_describes_every_column_in_words_and_by_example(name: str) -> None:
    read = dataset(SETTINGS, name)
    assert (read.name, bool(read.label), bool(read.description)) == (name, True, True)
    assert read.family in ("hr", "training", "survey")
    assert len(read.columns) >= 4
    for column in read.columns:
        assert column.label and column.description and column.example, column.name
        assert not column.codes or column.example in column.codes, column.name


@pytest.mark.parametrize("name", NAMES)
def test_no_identity_goes_into_the_lake_under_its_own_name(name: str) -> None:
    read = dataset(SETTINGS, name)
    identities = {c.name for c in read.columns if c.is_identity}
    assert not identities & set(read.lake_columns)
    assert all("nip" not in column.split("_") for column in read.lake_columns)
    nips = [c for c in read.columns if c.kind == "nip"]
    assert all(c.is_identity and c.key_name == "person_key" for c in nips)


@pytest.mark.parametrize(
    ("retires", "months"), [("2027-11-01", 12), ("2026-10-31", 0), ("2026-01-01", 0), (None, None)]
)
def test_months_to_retirement_are_unknown_where_the_day_is(
    retires: str | None, months: int | None
) -> None:
    columns = {column.name: column for column in dataset(SETTINGS, "pegawai").derived}
    asked = f"select {columns['bulan_ke_pensiun'].expression} from (select ?::date as tmt_pensiun,"
    found = duckdb.execute(f"{asked} date '2026-10-31' as period_end)", [retires]).fetchall()
    assert found == [(months,)]


@pytest.mark.parametrize("name", NAMES)
def test_every_check_has_its_own_id_and_bit(name: str) -> None:
    found = checks(dataset(SETTINGS, name))
    assert len({c.id for c in found}) == len({c.mask for c in found}) == len(found) <= MASK_BITS
    assert all(c.id.startswith(f"{name}.") for c in found)


def test_names_fold_over_case_blanks_dots_and_underscores() -> None:
    assert {fold(n) for n in ("nip_baru", "NIP Baru", "nipBaru", "Nip.Baru", "\ufeffnip-baru")} == {
        "nipbaru"
    }


def test_the_commit_log_has_columns_of_its_own() -> None:
    assert lake_columns(SETTINGS, "submission")["received_at"] == "TIMESTAMP"
    assert lake_columns(SETTINGS, "kinerja")["person_key"] == "VARCHAR"


def test_an_unknown_dataset_is_a_usage_error_that_lists_the_known() -> None:
    with pytest.raises(
        UsageError, match=r"'gaji' is not known\. Choose one of: hukuman_disiplin, jabatan"
    ):
        dataset(SETTINGS, "gaji")


def without(part: str) -> Callable[[dict[str, Any]], None]:
    return lambda schema: schema.pop(part)


def each_property(**changes: object) -> Callable[[dict[str, Any]], None]:
    def change(schema: dict[str, Any]) -> None:
        for prop in schema["properties"]:
            prop.update(changes)

    return change


def strange_rule(schema: dict[str, Any]) -> None:
    schema["quality"][0]["name"] = "pegawai.future_year"


def silent_rule(schema: dict[str, Any]) -> None:
    schema["quality"][0]["customProperties"] = [{"property": "columns", "value": ["tahun"]}]


def same_synonym(schema: dict[str, Any]) -> None:
    schema["properties"][1]["synonyms"] = [{"synonym": "NIP Baru"}]


def unknown_list(schema: dict[str, Any]) -> None:
    schema["properties"][2]["customProperties"] = [{"property": "codeList", "value": "weather"}]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        pytest.param(without("customProperties"), "'nature' is missing", id="no nature"),
        pytest.param(each_property(primaryKey=False), "no primary key", id="no key"),
        pytest.param(each_property(required=False), "primary key may be empty", id="empty key"),
        pytest.param(same_synonym, "two columns share a name or synonym", id="same synonym"),
        pytest.param(strange_rule, "a rule id lacks the dataset's name", id="strange rule"),
        pytest.param(silent_rule, "'message' is missing", id="rule without words"),
        pytest.param(unknown_list, "code_weather.csv is missing", id="unknown list"),
    ],
)
def test_a_broken_contract_says_what_is_wrong(
    tmp_path: Path, harm: Callable[[dict[str, Any]], None], said: str
) -> None:
    contract = loaded("kinerja")
    harm(contract["schema"][0])
    path = tmp_path / "kinerja.yaml"
    path.write_text(yaml.safe_dump(contract), "utf-8")
    with pytest.raises(ContractError, match=said) as caught:
        read_contract(path, SETTINGS)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["kind: [", "- 1", "kind: DataContract\n", ""])
def test_a_file_that_is_no_contract_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kinerja.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ContractError, match=r"kinerja\.yaml cannot be used"):
        read_contract(path, SETTINGS)


def test_a_contract_must_be_named_as_its_file(tmp_path: Path) -> None:
    path = tmp_path / "nilai.yaml"
    path.write_text((SETTINGS.contracts_dir / "kinerja.yaml").read_text("utf-8"), "utf-8")
    with pytest.raises(ContractError, match="the schema is not named as the file"):
        read_contract(path, SETTINGS)


def test_a_project_without_contracts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="No contracts in"):
        datasets(Settings(project_dir=tmp_path))
