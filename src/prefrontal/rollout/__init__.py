"""Agent x tasks -> lifetimes."""
