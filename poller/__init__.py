"""The market feed: one source at a time, decoded once, fanned out to Redis and Kafka."""
