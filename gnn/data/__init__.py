"""From snapshots to tensors: encoding, panels of dates, neighbourhood columns, splits by date."""
