"""The dbt docs tell the law of every published column, in the words of `asn explain`."""

import json
from typing import Any

import pytest
from support import Home

from asn_warehouse import dbt_docs, lineage, rules
from asn_warehouse.lineage import Lineage
from asn_warehouse.periods import Period

pytestmark = pytest.mark.slow
OCTOBER = Period(2026, 10)


def test_the_page_holds_the_rules_and_datasets_of_every_published_column(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Lineage] = []
    from_manifest = lineage.from_manifest

    def remembered(manifest: dict[str, Any]) -> Lineage:
        read.append(from_manifest(manifest))
        return read[-1]

    monkeypatch.setattr(lineage, "from_manifest", remembered)
    page = dbt_docs.write_docs(home.settings, OCTOBER)
    assert page == home.settings.docs / "dbt" / "index.html"
    assert [path.name for path in page.parent.iterdir()] == ["index.html"]
    text = page.read_text("utf-8")
    assert '"send_anonymous_usage_stats": false' in text
    known = rules.of_project(home.settings)
    columns = 0
    for mart in read[0].marts.values():
        for column in mart.columns.values():
            resting = rules.resting(known, column.rule_sets)
            for rule in resting:
                is_told = rule.statement in _plain(text, mart.name, column.name)
                assert is_told == rule.is_in_force(OCTOBER.last_day), (column.name, rule.rule_id)
            columns += 1
    assert columns > 500
    over = _plain(text, "learning_hours", "over_24")
    assert "PP 49/2018; Peraturan LAN 15/2020 [C: naskah peraturan" in over
    assert (
        "**Datasets**: Daftar pegawai (`pegawai`), Peserta pelatihan (`peserta_pelatihan`)" in over
    )


_manifest: dict[str, Any] = {}


def _plain(text: str, mart: str, column: str) -> str:
    """The description of a column in the manifest that the page carries."""
    if not _manifest:
        start = text.index('{"metadata": {"dbt_schema_version"')
        _manifest.update(json.JSONDecoder().raw_decode(text, start)[0])
    node = _manifest["nodes"][f"model.asn_warehouse.{mart}"]
    return str(node["columns"][column]["description"])
