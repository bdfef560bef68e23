"""A browser in front of Superset: signs in, opens a dashboard, hears what its charts are told."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, Response, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDTH = 1440
_SETTLES = 1_500


@dataclass
class Seen:
    """What one visit to a dashboard saw: the rows of every chart, by its number."""

    rows: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield Chromium of this machine.

    Raises:
        SystemExit: when there is none.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise SystemExit("Chromium is not installed: apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def signed_in(browser: Browser, url: str, name: str, password: str) -> Page:
    """Return a page of its own session, signed in."""
    page = browser.new_page(
        viewport={"width": WIDTH, "height": 1000}, locale="id-ID", timezone_id="Asia/Jakarta"
    )
    page.goto(f"{url}/login/")
    page.get_by_test_id("username-input").or_(page.locator("#username")).fill(name)
    page.get_by_test_id("password-input").or_(page.locator("#password")).fill(password)
    page.get_by_test_id("login-button").or_(page.locator("[type=submit]")).first.click()
    page.wait_for_url(lambda there: "/login" not in there)
    return page


def visit(page: Page, url: str, slug: str) -> Seen:
    """Open a dashboard, wait until every chart has its answer, and return the answers."""
    seen = Seen()

    def heard(response: Response) -> None:
        if not response.url.startswith((url, "data:", "blob:")):
            seen.elsewhere.append(response.url)
        if "/api/v1/chart/data" not in response.url:
            return
        asked = json.loads(response.request.post_data or "{}")
        number = (asked.get("form_data") or {}).get("slice_id")
        if response.status != 200:
            seen.errors.append(f"{number}: {response.status} {response.text()[:300]}")
        elif number is not None:
            results = response.json()["result"]
            seen.rows[number] = [row for result in results for row in result["data"]]

    page.on("response", heard)
    page.set_viewport_size({"width": WIDTH, "height": 1000})
    page.goto(f"{url}/superset/dashboard/{slug}/")
    page.wait_for_selector(
        ".dashboard-component-chart-holder, [data-test=dashboard-grid-component]"
    )
    page.wait_for_load_state("networkidle")
    page.wait_for_function(
        "() => !document.querySelector('.dashboard-chart .loading, [data-test=loading-indicator]')"
    )
    page.wait_for_timeout(_SETTLES)
    page.remove_listener("response", heard)
    return seen


def whole_height(page: Page) -> int:
    """Return how high the dashboard is, in pixels."""
    return int(
        page.evaluate(
            "() => Math.max(...[...document.querySelectorAll('.grid-container, #GRID_ID')]"
            ".map(e => e.getBoundingClientRect().bottom + window.scrollY))"
        )
    )
