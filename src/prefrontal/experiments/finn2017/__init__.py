"""MAML (Finn et al. 2017) and its successors: one folder per family of tasks."""
