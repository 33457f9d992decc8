"""Equations of models of choice, for numpy and for jax alike.

References learn by them, and analyses fit them to choices. They use the operators of their arrays and nothing
else; what is *chosen*, *visited* or *won* is given as 0 and 1 (or False and True), never by its place.
"""
