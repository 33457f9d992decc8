"""Scenes: one (task, state) as plain data to draw. Figures, animations and pages each draw the same scene.

A scene is made of shapes, texts and numbers (`base.py`) from the arrays of records. Nothing here draws.
"""
