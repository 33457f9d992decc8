"""Choices, analysed as an animal's are."""
