"""Background work: trades and order events to PostgreSQL, snapshots, and the schedule."""
