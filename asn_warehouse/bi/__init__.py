"""Superset on this machine, over the PostgreSQL that serves."""
