"""One profile for all properties: as many examples everywhere, the same ones where CI asks."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from property.bench import Bench

settings.register_profile(
    "properties",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=True,
)
settings.load_profile("properties")


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Readers and engine as admission uses them, over files in a folder of its own."""
    with Bench.over(tmp_path_factory.mktemp("bench")) as bench:
        yield bench
