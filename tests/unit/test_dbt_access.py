"""Every model has an owner, and says who may read it."""

from typing import Any

from project import layer, meta_of

from asn_warehouse.orchestration import MART_TOPICS


def test_every_model_belongs_to_the_group_of_its_topic(models: dict[str, Any]) -> None:
    wrong = {
        name: node.group
        for name, node in models.items()
        if node.group != (node.fqn[2] if layer(node) == "marts" else "foundation")
    }
    assert wrong == {}


def test_every_group_has_an_owner_and_is_a_topic(manifest: Any) -> None:
    owners = {group.name: group.owner.name for group in manifest.groups.values()}
    assert set(owners) == {*MART_TOPICS, "foundation"}
    assert all(owners.values())
    assert len(set(owners.values())) == len(owners)


def test_restricted_marts_are_protected_and_all_other_marts_public(marts: dict[str, Any]) -> None:
    access = {name: node.access.value for name, node in marts.items()}
    assert access == {
        name: "protected" if meta_of(node)["restricted"] else "public"
        for name, node in marts.items()
    }
    assert set(access.values()) == {"protected", "public"}


def test_helpers_of_a_topic_are_private_and_no_model_below_the_marts_is_public(
    models: dict[str, Any],
) -> None:
    below = {name: node for name, node in models.items() if node.schema != "marts"}
    assert {name: node.access.value for name, node in below.items()} == {
        name: "private" if layer(node) == "marts" else "protected" for name, node in below.items()
    }
