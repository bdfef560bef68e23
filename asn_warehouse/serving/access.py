"""Who may read what is served."""

from asn_warehouse.serving.session import Connection
from asn_warehouse.serving.tables import Catalogue


def protect(connection: Connection, catalogue: Catalogue, restricted: dict[str, bool]) -> None:
    """Nothing yet."""
