"""The parts of the report of an agency, one module each."""
