"""What is on disk: files, checkpoints, runs, records."""
