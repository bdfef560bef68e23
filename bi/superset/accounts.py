"""Superset's roles and accounts, from JSON on stdin. Run by ``make bi``, in Superset's environment.

    {"accounts": [{"name": …, "label": …, "role": "Admin" | "Instansi" | "Pembaca", "password": …}]}

An account that is there keeps its password where none is given. Role ``Pembaca`` reads the
dashboards on safe marts, role ``Instansi`` those and its own: as the login of its agency, so that
PostgreSQL decides what rows there are. Neither may write SQL or change anything.
"""

import json
import sys
from typing import Any

from superset.app import create_app

_OWN_STATE = {"DashboardFilterStateRestApi", "DashboardPermalinkRestApi", "ExploreFormDataRestApi"}
"""What even a reader writes: which filters are chosen."""

_NEVER = ("can_write", "can_put", "can_post", "can_delete", "can_add", "can_edit", "can_export",
          "can_sqllab", "can_this_form", "can_explore", "can_tag", "can_bulk")  # fmt: skip


def reading(manager: Any) -> list[Any]:
    """Return what Superset lets its readers do, less all that changes something."""
    return [
        found
        for found in manager.find_role("Gamma").permissions
        if found.view_menu.name in _OWN_STATE
        or not found.permission.name.startswith(_NEVER)
        or found.permission.name == "can_explore_json"
    ]


def main() -> None:
    """Make the roles what they are and every account that is named."""
    wanted = json.load(sys.stdin)
    app = create_app()
    with app.app_context():
        from superset.connectors.sqla.models import SqlaTable
        from superset.extensions import db, security_manager

        tables = db.session.query(SqlaTable).all()
        for role, schemas in {"Pembaca": {"safe"}, "Instansi": {"safe", "marts"}}.items():
            made = security_manager.add_role(role)
            made.permissions = [
                *reading(security_manager),
                *(
                    security_manager.add_permission_view_menu("datasource_access", table.perm)
                    for table in tables
                    if table.schema in schemas
                ),
            ]
        for account in wanted["accounts"]:
            role = security_manager.find_role(account["role"])
            user = security_manager.find_user(username=account["name"])
            if user is None:
                user = security_manager.add_user(
                    account["name"], account["label"], "", f"{account['name']}@localhost", role,
                    password=account["password"],
                )  # fmt: skip
            elif account["password"]:
                security_manager.reset_password(user.id, account["password"])
            user.roles = [role]
        db.session.commit()


if __name__ == "__main__":
    main()
