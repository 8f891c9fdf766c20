"""What operators see and do: the queues, the risk, the limits in force, and the record of it all."""
