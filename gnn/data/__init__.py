"""From snapshots to arrays: encoded features, panels of dates, neighbourhood columns, training and test splits."""
