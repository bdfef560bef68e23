"""How a dbt target sees the lake."""
