"""Expected return and regret of references without sampling error."""

from prefrontal.references.exact.base import ExactValue, exact, exact_cross, exact_value

__all__ = ["ExactValue", "exact", "exact_cross", "exact_value"]
