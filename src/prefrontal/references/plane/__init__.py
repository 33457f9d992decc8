"""References for tasks in the plane: the oracle, and a policy that never moves."""
