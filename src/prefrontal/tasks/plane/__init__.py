"""Tasks in the plane: an action is two numbers, which move a point or the foot of a body."""
