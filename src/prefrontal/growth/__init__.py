"""Distributions that grow: nobody writes their tasks.

`unsupervised` makes tasks of a process without a reward.
"""
