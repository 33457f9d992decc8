"""Tasks in the plane, where an action is two numbers: points that seek a hidden goal, a body that walks."""
