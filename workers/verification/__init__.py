"""Proof that the books are whole: all recomputed from the order events, and compared.

`verify` does it. fold (with bookings and positions): what the events say, in plain Python. chunks: the events
out of PostgreSQL. tables: the tables that the journal writes. follow: on along the stream. accounts, house,
strays, indexes: the order state in Redis. No arithmetic is shared with the journal, so that a mistake there
is found.
"""

from workers.verification.report import Counts, Difference, Report
from workers.verification.verify import verify

__all__ = ["Counts", "Difference", "Report", "verify"]
