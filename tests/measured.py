"""What tests measured, printed at the end of a run: a bound that holds is no figure yet."""

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests that passed recorded of themselves."""
    passed = terminalreporter.stats.get("passed", [])
    found = sorted((test.nodeid, test.user_properties) for test in passed if test.user_properties)
    if found:
        terminalreporter.section("measured")
    for name, figures in found:
        said = ", ".join(f"{key} {value}" for key, value in figures)
        terminalreporter.write_line(f"{name.rpartition('::')[2]}: {said}")
