"""The judge of the fault days: right, edge, marked or silent."""
