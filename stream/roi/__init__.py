"""The ROI engine: (programme, what the ledger measured, period) → low, central, high, and their derivation.

Pure: ``stream.readings.program_file`` reads the programme, ``stream.readings.roi`` the ledger.
"""

from stream.roi.declared import Baseline, OwnTarget
from stream.roi.engine import Estimate, Hours, Reading, estimate
from stream.roi.measured import Measured, Period, Usage, day_of, hour_of
from stream.roi.policies import AS_MEASURED, GUIDE, POLICIES, PRUDENT, STRESSED, Policy
from stream.roi.program import Program
from stream.roi.ranges import Range
from stream.roi.tree import Node

__all__ = [
    "AS_MEASURED",
    "GUIDE",
    "POLICIES",
    "PRUDENT",
    "STRESSED",
    "Baseline",
    "Estimate",
    "Hours",
    "Measured",
    "Node",
    "OwnTarget",
    "Period",
    "Policy",
    "Program",
    "Range",
    "Reading",
    "Usage",
    "day_of",
    "estimate",
    "hour_of",
]
