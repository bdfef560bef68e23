"""Take a picture of every dashboard in Superset, over the published months of a home.

    make bi-screenshots        (or: python scripts/bi_screenshots.py [--home var] [--agency 7871])

Starts Superset as `make bi` does, with data of its own that end with the script. The agency's
dashboard is taken as the agency sees it. Writes docs/images/bi-<dashboard>.png.
"""

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bi_browser import WIDTH, chromium, signed_in, visit, whole_height

from asn_warehouse.bi.starting import agency_account, started
from asn_warehouse.bi.superset import Account
from asn_warehouse.serving.temporary import free_port
from asn_warehouse.settings import PROJECT_DIR, get_settings

IMAGES = PROJECT_DIR / "docs" / "images"
DASHBOARDS = {"nasional": 0, "program": 0, "talenta": 0, "instansi": 1}
"""Which account looks: the first sees all agencies, the second is one."""


def main() -> None:
    """Take them all; end with a message where a chart has no rows."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--agency", default="7871")
    options = parser.parse_args()
    accounts = [
        Account("admin", "Administrator", "Admin", secrets.token_urlsafe(15)),
        agency_account(options.agency, "Instansi", secrets.token_urlsafe(15)),
    ]
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        tempfile.TemporaryDirectory(prefix="asn-bi-") as folder,
        started(get_settings(options.home), Path(folder), accounts, port, print),
        chromium() as browser,
    ):
        pages = [signed_in(browser, url, one.name, str(one.password)) for one in accounts]
        for slug, number in DASHBOARDS.items():
            seen = visit(pages[number], url, slug)
            if seen.errors or not all(seen.rows.values()):
                sys.exit(f"{slug}: {seen.errors or 'a chart has no rows'}")
            pages[number].set_viewport_size(
                {"width": WIDTH, "height": whole_height(pages[number]) + 20}
            )
            pages[number].wait_for_timeout(2_000)  # what is drawn anew for the height
            pages[number].screenshot(path=str(IMAGES / f"bi-{slug}.png"))
            print(f"Wrote bi-{slug}.png: {len(seen.rows)} charts")


if __name__ == "__main__":
    main()
