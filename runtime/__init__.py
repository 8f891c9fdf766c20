"""What every process needs first: settings, connections, broker, logging, and a clean stop."""
