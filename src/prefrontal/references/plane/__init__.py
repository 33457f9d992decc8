"""References for tasks in the plane: the oracle, and one that stays."""
