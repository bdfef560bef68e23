"""Reference files are read whole before anything is computed from them."""

import pytest
from support import Home

from asn_warehouse.errors import ConfigurationError
from asn_warehouse.reference import check_reference


def append(home: Home, name: str, line: str) -> None:
    path = home.settings.reference / f"{name}.csv"
    path.write_text(path.read_text("utf-8").rstrip("\n") + f"\n{line}\n", "utf-8")


def test_sound_reference_files_pass(home: Home) -> None:
    check_reference(home.settings)


@pytest.mark.parametrize("name", ["instansi", "kalender", "wilayah"])
def test_a_key_that_stands_twice_is_named_with_its_line(home: Home, name: str) -> None:
    lines = (home.settings.reference / f"{name}.csv").read_text("utf-8").splitlines()
    append(home, name, lines[1])
    with pytest.raises(
        ConfigurationError, match=rf"{name}\.csv, line {len(lines) + 1}: .* stands there twice"
    ):
        check_reference(home.settings)


def test_a_missing_file_is_named_with_its_columns(home: Home) -> None:
    (home.settings.reference / "wilayah.csv").unlink()
    with pytest.raises(ConfigurationError, match=r"wilayah\.csv is missing.*kode_provinsi"):
        check_reference(home.settings)
