"""Who decides on a KPI and what they do, and what must be connected before there is one to decide on."""

from __future__ import annotations

from typing import Final

from stream.contract.kpi_types import Decision, Input

WORSENED_PERCENT: Final = 20  #: a move this large for the worse calls for the action

CAPACITY: Final = Decision(
    "free working time",
    "use-case owner",
    "time the steps of the work with and without AI; train again or change the prompts; end what gains"
    " nothing",
)
OUTPUT: Final = Decision(
    "more output at the same quality",
    "department head",
    "read the refused cases first; hold volume back for as long as quality falls",
)
WORTH: Final = Decision(
    "outputs that are worth having",
    "use-case owner",
    "draw a sample of last week's bad outputs and mend prompt, retrieval or model; suspend the use case when"
    " it does worse than the work by hand",
)
SERVED: Final = Decision(
    "customers and colleagues well served",
    "service owner",
    "sort the comments by theme and set AI-assisted contacts against human-only ones",
)
USED: Final = Decision(
    "licences and effort put to use",
    "change lead",
    "talk to people who stopped, train, and take unused seats back",
)
SPENDING: Final = Decision(
    "spending under control",
    "platform team",
    "look at what drives it (mix of models, routing, tokens, prices); undo the change, or accept it with a"
    " dated note",
)
VALUE: Final = Decision(
    "value for what is spent",
    "finance with the sponsor",
    "decide at the quarterly review: extend, adjust, pivot or stop",
)
SERVICE: Final = Decision(
    "a service worth waiting for",
    "platform team",
    "compare providers, fall back to another, open an incident",
)
DECISIONS: Final = (CAPACITY, OUTPUT, WORTH, SERVED, USED, SPENDING, VALUE, SERVICE)

INPUTS: Final = (
    Input(
        "usage",
        "usage events",
        "send one event per model request to `tokonomics collect`: from a gateway, or from your own code",
        ("events", "litellm", "otlp"),
    ),
    Input(
        "outcomes",
        "outcomes",
        "report what became of each output (used as it is, edited, corrected, refused, wrong after control),"
        " with the id of its request",
        ("outcomes",),
    ),
    Input(
        "tasks",
        "tasks",
        "report pieces of work done with, partly with and without AI: use case, minutes, what was delivered;"
        " CSAT and NPS, where somebody was asked",
        ("tasks",),
    ),
    Input(
        "people",
        "people",
        "give usage events a person, and say how many people each department should reach: in a directory"
        " (`--people`), or as populations in the programme",
        ("events", "litellm", "otlp"),
    ),
    Input(
        "probes",
        "probes",
        "name checks under `probes` in the collector's configuration: it calls the service at regular times",
    ),
    Input("survey", "survey answers", "hand in answers by period and department, with how many were asked"),
    Input(
        "finance",
        "figures of finance",
        "have finance enter the figure per period and department, with a source",
    ),
    Input(
        "programme",
        "the programme",
        "write down the programme (`--program`): its costs, benefits, dates and baselines",
    ),
)
INPUT: Final = {item.key: item for item in INPUTS}
