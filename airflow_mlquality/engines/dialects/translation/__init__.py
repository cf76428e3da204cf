"""From the dialect of `measurements.sql` to the SQL of an engine: a closed list of what is understood.

Every module registers how it says some nodes. A node that none registered, or an argument that its module does not
know, is refused by name: nothing is ever passed through as it is.
"""

from __future__ import annotations
