"""Words for what became of an output or a piece of work: verdicts, control, findings, and how they change.

A judgement has four *aspects*. Each aspect of an output has at most one value at a time, "" before the first:
the one with the latest event time (of equal times, that of the smaller event hash). What is counted are
*transitions* (aspect, from, to): the first has from "", later ones are corrections. Counts of transitions
never
fall, and Σ to=v − Σ from=v is how many stand at v now.
"""

from __future__ import annotations

from typing import Final

VERDICTS: Final = ("used_as_is", "minor_edit", "revised", "rejected")
ACCEPTED: Final = ("used_as_is", "minor_edit")  #: accepted outputs; what counts as reuse
CONTROLS: Final = ("passed", "failed")  #: did it pass human control?
#: Found after human control let the output pass. ``none``: an earlier finding is withdrawn.
FINDINGS: Final = ("error", "hallucination", "inaccuracy", "compliance", "none")
WRONG: Final = ("error", "hallucination", "inaccuracy")  #: findings of the post-AI error rate
RULES: Final = ("met", "broken")  #: do house rules hold (compliance score)?

VERDICT: Final = "verdict"
CONTROL: Final = "control"
#: The finding that counts: the latest one, while control stands at ``passed`` and the finding is not earlier
#: than
#: that control; "" while there is none, or it is withdrawn, or control does not stand at passed.
FINDING: Final = "finding"
COMPLIANCE: Final = "compliance"
ASPECTS: Final = (VERDICT, CONTROL, FINDING, COMPLIANCE)

#: How the judged ones were chosen. A self-selected rate is never called measured.
SELECTIONS: Final = ("all", "random", "self_selected", "unknown")

#: Aspect of rows that account for outcomes rather than outputs: what became of each outcome received.
DELIVERY: Final = "delivery"
#: joined: to its request; own: counted by its own labels; waiting: its request is not known yet; unjoined: it
#: waited
#: for the whole window; forwarded: sent on to the partition of its request (counted there); redelivered:
#: known.
DELIVERIES: Final = ("joined", "own", "waiting", "unjoined", "forwarded", "redelivered")

#: How a piece of work was done.
AI_SHARES: Final = ("none", "partly", "wholly")
