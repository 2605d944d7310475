"""The doors of this app: every act that pages, commands, rounds and tests do, in one place.

`by` is an account, `now` the clock's time; whoever replays the past gives a past one. Each raises
`ActRefused`, with what lacks, where the tables of `clew.assurance` do not allow the act.
"""

from __future__ import annotations

from clew.desk.casework.acts import begin, may_sign, supervisors_of
from clew.desk.casework.closing import (
    ClosingRequest,
    ask_to_close,
    closing_that_waits,
    grounds_of,
    last_similar,
    open_pairs,
    sign_closing,
)
from clew.desk.casework.leads import (
    disagree,
    losses_of,
    open_leads,
    recommend,
    remove_dissent,
    resolve_lead,
    sent_to_keep,
)
from clew.desk.casework.line_deadlines import deadlines_of_lines
from clew.desk.casework.lines import (
    act_on,
    change_class_of,
    class_of,
    late_fact,
    lines_of,
    open_again,
)
from clew.desk.casework.standards import standard_of
from clew.desk.casework.supervision import (
    ask_no_more,
    ask_sign_off,
    ask_waiver,
    decline,
    sign,
    waiting,
)

__all__ = [
    "ClosingRequest",
    "act_on",
    "ask_no_more",
    "ask_sign_off",
    "ask_to_close",
    "ask_waiver",
    "begin",
    "change_class_of",
    "class_of",
    "closing_that_waits",
    "deadlines_of_lines",
    "decline",
    "disagree",
    "grounds_of",
    "last_similar",
    "late_fact",
    "lines_of",
    "losses_of",
    "may_sign",
    "open_again",
    "open_leads",
    "open_pairs",
    "recommend",
    "remove_dissent",
    "resolve_lead",
    "sent_to_keep",
    "sign",
    "sign_closing",
    "standard_of",
    "supervisors_of",
    "waiting",
]
