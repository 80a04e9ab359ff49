"""The parts of the judge for Microsoft."""
