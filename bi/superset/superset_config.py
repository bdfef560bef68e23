"""What Superset is told. It runs on this machine alone and calls nobody.

``make bi`` names in ``ASN_BI_HOME`` the folder (0700) of the secrets and of Superset's own
database. Who asks decides as whom PostgreSQL is asked: ``DB_CONNECTION_MUTATOR`` below.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

os.environ["SCARF_ANALYTICS"] = "false"

HOME = Path(os.environ["ASN_BI_HOME"])
SECRET_KEY = (HOME / "secret_key").read_text(encoding="ascii").strip()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME / 'superset.db'}"
APP_NAME = "Gudang ASN"
WTF_CSRF_ENABLED = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
AUTH_ROLE_PUBLIC = "Public"
PUBLIC_ROLE_LIKE = None
ENABLE_PROXY_FIX = False
FEATURE_FLAGS = {
    "CACHE_QUERY_BY_USER": True,  # should anyone ever switch a cache on
    "DASHBOARD_VIRTUALIZATION": False,  # a printed dashboard has all its charts
    "ENABLE_TEMPLATE_PROCESSING": False,
    "ALERT_REPORTS": False,
}
CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
THUMBNAIL_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
RATELIMIT_STORAGE_URI = "memory://"
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
        "frame-ancestors": ["'none'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}

D3_FORMAT = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp ", ""]}
_DAYS = "Minggu Senin Selasa Rabu Kamis Jumat Sabtu"
D3_TIME_FORMAT = {
    "dateTime": "%A, %e %B %Y %X",
    "date": "%d-%m-%Y",
    "time": "%H.%M.%S",
    "periods": ["AM", "PM"],
    "days": _DAYS.split(),
    "shortDays": [day[:3] for day in _DAYS.split()],
    "months": [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ],
    "shortMonths": [
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "Mei",
        "Jun",
        "Jul",
        "Agu",
        "Sep",
        "Okt",
        "Nov",
        "Des",
    ],
}
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "asn",
        "description": "Tells apart for the colour-blind and in grey print, as in the report",
        "label": "Gudang ASN",
        "isDefault": True,
        "colors": ["#12436D", "#28A197", "#F0B27A", "#801650", "#F46A25", "#B7C4D1", "#5B6B7B"],
    }
]
EXTRA_SEQUENTIAL_COLOR_SCHEMES = [
    {
        "id": "asn_biru",
        "description": "Light to dark blue",
        "label": "Gudang ASN: biru",
        "isDiverging": False,
        "colors": ["#E9EEF3", "#A9C3DA", "#5F90BC", "#12436D"],
    }
]

_PLACEHOLDER = "gudang-asn.invalid"
_OF_AGENCIES, _OF_ANALYSTS = "Instansi", {"Admin", "Analis"}


def _login(user: Any, logins: dict[str, Any]) -> dict[str, str]:
    """Return the PostgreSQL login of a user of Superset; whoever is unknown reads safe marts."""
    roles = {role.name for role in user.roles} if user is not None else set()
    if _OF_AGENCIES in roles:  # before all else: an agency stays an agency
        code = re.fullmatch(r"instansi-(\w+)", user.username)
        if code is None or code[1] not in logins["agencies"]:
            raise PermissionError(f"{user.username} is no agency's account: run `make bi` again.")
        return logins["agencies"][code[1]]
    return logins["analyst"] if roles & _OF_ANALYSTS else logins["reader"]


_DAY = re.compile(r"TO_DATE\('(\d{4}-\d{2}-\d{2})', 'YYYY-MM-DD'\)")


def SQL_QUERY_MUTATOR(sql: str, **_: Any) -> str:
    """Write days as constants.

    PostgreSQL computes ``TO_DATE`` for every row, and cannot know from it which month is asked
    for before it has planned to read them all.
    """
    return _DAY.sub(r"DATE '\1'", sql)


def DB_CONNECTION_MUTATOR(
    uri: Any, params: dict[str, Any], username: str | None, security_manager: Any, source: Any
) -> tuple[Any, dict[str, Any]]:
    """Return the connection of the login that belongs to whoever is signed in.

    Passwords lie in no table of Superset: the imported database names a host that cannot be.
    """
    if uri.host != _PLACEHOLDER:
        return uri, params
    known = json.loads((HOME / "logins.json").read_text(encoding="utf-8"))
    user = security_manager.find_user(username=username) if username else None
    login = _login(user, known)
    uri = uri.set(
        host=known["host"],
        port=known["port"],
        database=known["database"],
        username=login["user"],
        password=login["password"],
    )
    named = {**params.get("connect_args", {}), "application_name": "superset"}
    return uri, {**params, "connect_args": named}
