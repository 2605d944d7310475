"""The doors of this app: every act that pages, commands, rounds and tests do, in one place.

`by` is an account, `now` the clock's time; whoever replays the past gives a past one. Each raises
`ActRefused`, with what lacks, where the tables of `clew.assurance` do not allow the act.
"""

from __future__ import annotations

from clew.desk.assured.acts import begin, may_sign, supervisors_of
from clew.desk.assured.asking import ask_no_more, ask_sign_off, ask_waiver, decline, sign, waiting
from clew.desk.assured.classes import change_class_of, late_fact, open_again
from clew.desk.assured.clock import deadlines_of_lines
from clew.desk.assured.closing import (
    Ask,
    ask_to_close,
    closing_that_waits,
    grounds_of,
    open_pairs,
    sign_closing,
)
from clew.desk.assured.dissent import disagree, remove_dissent
from clew.desk.assured.keeping import losses_of, sent_to_keep
from clew.desk.assured.leads import open_leads, recommend, resolve_lead
from clew.desk.assured.lines import act_on, class_of, lines_of
from clew.desk.assured.similar import last_similar
from clew.desk.assured.standards import standard_of

__all__ = [
    "Ask",
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
