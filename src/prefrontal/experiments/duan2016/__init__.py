"""RL² (Duan et al. 2016) and its successors: one folder per table or figure."""
