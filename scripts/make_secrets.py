"""Write .env with random secrets for docker-compose.yml, readable by the owner only.

    python scripts/make_secrets.py [file]

An existing file is kept: a new key of the pseudonyms would cut every person from their history.
"""

import base64
import os
import secrets
import sys
from pathlib import Path


def random_secrets() -> dict[str, str]:
    """Return a fresh value for every variable that docker-compose.yml demands."""
    return {
        "POSTGRES_PASSWORD": secrets.token_hex(24),
        "AIRFLOW_FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "AIRFLOW_SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW_JWT_SECRET": secrets.token_hex(32),
        "ASN_ADMIN_PASSWORD": secrets.token_urlsafe(18),
        "ASN_PSEUDONYM_KEY": secrets.token_hex(32),
    }


def main() -> int:
    """Write the file; return 0 also when it exists already."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else ".env")
    lines = "".join(f"{name}={value}\n" for name, value in random_secrets().items())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{path} exists and is kept. It holds the key of the pseudonyms: back it up.")
        return 0
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(lines)
    print(f"{path} written, mode 0600. It holds the key of the pseudonyms: back it up.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
