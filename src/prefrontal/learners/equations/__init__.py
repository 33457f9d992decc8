"""Equations that learners share, each with its definition."""
