"""What every part stands on: errors, paths, processes, locks, progress."""
