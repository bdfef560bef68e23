"""What the tests of the whole way share: one month, run once in a session."""

import pytest
from e2e_home import Month, faulty_month


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """The month with faults after it has run; a test that changes a home copies it first."""
    return faulty_month(tmp_path_factory.getbasetemp())
