"""People-development warehouse for Indonesia's civil service (ASN)."""
