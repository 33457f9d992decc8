"""Files on disk: storage, checkpoints, runs, records."""
