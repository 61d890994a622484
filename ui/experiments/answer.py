"""One answer of an experiment, over the page: all its turns, what each rule found and why, what was
sent, the rating by hand, and the ways on."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from core.backends.backend import lacking, tokenizer_of
from core.checks.kind import Outcome
from core.checks.rule import Rule, rule_label
from core.engine.choices import choice_of
from core.errors import NotFound, PromptLabError
from core.experiments.records import Answer, Experiment, Mark, Place, Rating
from core.experiments.results import Results
from core.experiments.run import request_of
from core.experiments.to_chat import conversation_of
from core.i18n import _, ngettext
from core.personas.book import PersonaBook
from ui.experiments.called import called
from ui.experiments.models import loaded
from ui.experiments.reading_state import (
    ANSWER,
    INSPECT,
    ReadingState,
    dots,
    open_answer,
    open_place,
    question_title,
)
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.copying import copy_button, copy_link_button
from ui.shell.held import held
from ui.shell.session import state
from ui.shell.stream import finish_label, say
from ui.shell.text import label, lines
from ui.tools.sent import as_sent

CHAT = "pages/1_Chat.py"
_FOCUS = "document.querySelector('.st-key-answer_note textarea')?.focus()"
_SAID = {True: ":blue[✓]", False: ":orange[✗]", None: ":gray[?]"}


def reads(place: Place) -> None:
    """Draw the button that opens an answer."""
    st.button(
        _("Open"),
        key="open_" + "_".join(map(str, place)),
        type="tertiary",
        icon=":material/open_in_full:",
        on_click=explained(open_alone),
        args=(place,),
    )


def open_alone(place: Place) -> None:
    """Open an answer, with the others to its question beside it."""
    mine = state(ReadingState)
    mine.queue, mine.rating = (), False
    open_answer(place)


def read_answer(experiment: Experiment, results: Results) -> None:
    """Open the answer of the URL over the page."""
    place = open_place(experiment.spec)
    if place is None:
        return
    dialog = st.dialog(
        question_title(experiment.spec, place.row),
        width="medium",
        on_dismiss=explained(partial(explained(open_answer), None)),
    )
    dialog(_dialog)(experiment, results)


def _dialog(experiment: Experiment, results: Results) -> None:
    place = open_place(experiment.spec)
    if place is None or INSPECT in st.query_params:
        st.rerun()
    with st.container(key="answer_dialog"), boundary():
        _which(results, place)
        try:
            given = resources.store().experiments.answer(experiment, place)
        except NotFound as error:
            st.caption(lines(str(error)))
            return
        _turns(experiment, given)
        if not given.answered:
            st.error(lines(given.error or finish_label(given.reason)))
        st.caption(_facts(given))
        if experiment.own:
            _rating(experiment, given)
        elif given.note:
            st.caption(lines(given.note))
        with st.expander(_("What was sent"), icon=":material/outgoing_mail:", type="compact"):
            _sent(experiment, given)
        _ways_on(experiment, given)


# --- which -------------------------------------------------------------------------------


def _which(results: Results, place: Place) -> None:
    """The variant and the try, to be changed; or the place in what is gone through."""
    queue = state(ReadingState).queue
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if place in queue:
            at = queue.index(place)
            st.markdown(
                _("**{number:,} of {count:,}** · {variant}").format(
                    number=at + 1, count=len(queue), variant=label(results.names[place.variant])
                ),
                width="stretch",
            )
            _step(_("Previous"), "answer_previous", "b", queue[at - 1] if at else None)
            _step(_("Next"), "answer_next", "n", queue[at + 1] if at + 1 < len(queue) else None)
            return
        if len(results.names) > 1:
            _variants(results, place)
        if results.spec.tries > 1:
            _tries(results, place)


def _step(name: str, key: str, shortcut: str, to: Place | None) -> None:
    st.button(
        name,
        key=key,
        shortcut=shortcut,
        disabled=to is None,
        on_click=explained(open_answer),
        args=(to,),
    )


def _variants(results: Results, place: Place) -> None:
    def choose() -> None:
        open_answer(place._replace(variant=st.session_state["answer_variant"]))

    st.session_state["answer_variant"] = place.variant
    st.selectbox(
        _("Variant"),
        range(len(results.names)),
        format_func=lambda variant: results.names[variant],
        key="answer_variant",
        on_change=explained(choose),
        width=280,
    )


def _tries(results: Results, place: Place) -> None:
    states = results.states[place.variant, place.row].tolist()

    def choose() -> None:
        open_answer(place._replace(attempt=st.session_state["answer_attempt"]))

    st.session_state["answer_attempt"] = place.attempt
    st.segmented_control(
        _("Try"),
        range(len(states)),
        required=True,
        format_func=lambda attempt: f"{attempt + 1} {dots([states[attempt]])}",
        key="answer_attempt",
        on_change=explained(choose),
    )


# --- what it says ------------------------------------------------------------------------


def _turns(experiment: Experiment, given: Answer) -> None:
    """All that was said, and what the rules found in each answer."""
    spec, place = experiment.spec, given.place
    rules = spec.rules_of(place.row)
    asked = spec.turns(place.variant, place.row)
    backend = loaded(experiment.model_of(place.variant))
    count = None
    if backend is not None and not lacking(backend, "token_ids"):
        tokenizer = tokenizer_of(backend)
        count = lambda text: len(tokenizer.encode(text))  # noqa: E731
    found = list(given.outcomes(spec, count)) if given.answered else []
    folded = state(ReadingState).rating and not given.rating
    for turn, text in enumerate(given.texts):
        with st.container(border=True, gap="small"):
            for message in asked[turn]:
                st.caption(label(_role(message.role)))
                say("user" if message.role != "assistant" else "assistant", message.content)
            called(given, turn)
            if text or not given.called(turn):
                st.caption(_("Answer"))
                say("assistant", text)
        if turn < len(found) and rules:
            marks = given.marks[turn] if turn < len(given.marks) else ()
            if folded:
                with st.expander(_("What the rules say"), type="compact"):
                    _rules(rules, marks, found[turn])
            else:
                _rules(rules, marks, found[turn])
    if not given.texts:
        for message in asked[0]:
            st.caption(label(_role(message.role)))
            say("user" if message.role != "assistant" else "assistant", message.content)
    if spec.rows[place.row].expected:
        st.caption(_("Expected: {answer}").format(answer=label(spec.rows[place.row].expected)))


def _role(role: str) -> str:
    return {
        "system": _("System message"),
        "user": _("Question"),
        "assistant": _("Said before"),
        "observation": _("Result of a tool"),
    }.get(role, role)


def _rules(rules: Sequence[Rule], marks: Sequence[Mark], outcomes: Sequence[Outcome]) -> None:
    said = []
    for place, (rule, outcome) in enumerate(zip(rules, outcomes, strict=True)):
        mark = marks[place] if place < len(marks) else Mark(outcome.passed, outcome.doubtful)
        line = f"{_SAID[mark.passed]} **{label(rule_label(rule))}**"
        if rule.weight == "should":
            line += " · " + _("should")
        # Without its tokenizer what was found then cannot be found again
        if outcome.passed is mark.passed:
            line += f" — {label(outcome.why)}"
        if mark.doubtful:
            line += " · :orange[" + _("worth a look") + "]"
        said.append(line)
    st.markdown("  \n".join(said))


def _facts(given: Answer) -> str:
    """What is known about the answer, in one line."""
    facts = [
        _("seed {seed}").format(seed=given.seed),
        ngettext("{count:,} prompt token", "{count:,} prompt tokens", given.prompt_tokens).format(
            count=given.prompt_tokens
        ),
        ngettext("{count:,} new token", "{count:,} new tokens", given.new_tokens).format(
            count=given.new_tokens
        ),
        _("{seconds:.1f} s").format(seconds=given.seconds),
        finish_label(given.reason),
    ]
    if given.model:
        facts.insert(0, label(resources.called(given.model)))
    return " · ".join(facts)


# --- rating ------------------------------------------------------------------------------


def _rating(experiment: Experiment, given: Answer) -> None:
    mine = state(ReadingState)

    def rate(rating: Rating) -> None:
        resources.store().experiments.rate(experiment, given.place, rating=rating)
        mine.stale = True
        if rating and given.place in mine.queue[:-1]:
            open_answer(mine.queue[mine.queue.index(given.place) + 1])

    def note(text: str) -> None:
        resources.store().experiments.rate(experiment, given.place, note=text.strip())
        mine.stale = True

    def to_note() -> None:
        mine.to_note = True

    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="rating"):
        for key, name, rating, shortcut, icon in (
            ("rate_pass", _("Pass"), "pass", "p", ":material/thumb_up:"),
            ("rate_fail", _("Fail"), "fail", "f", ":material/thumb_down:"),
        ):
            st.button(
                name,
                key=key,
                icon=icon,
                shortcut=shortcut,
                type="primary" if given.rating == rating else "secondary",
                disabled=not given.answered,
                on_click=explained(rate),
                args=(rating,),
            )
        st.button(_("Note"), key="rate_note", shortcut="m", on_click=explained(to_note))
        if given.rating:
            st.button(
                _("Take the rating back"),
                key="rate_clear",
                type="tertiary",
                on_click=explained(rate),
                args=("",),
            )
            st.caption(_("Rated by hand; this overrides the rules."), width="content")
    with st.container(key="answer_note"):
        st.text_area(
            _("Note"),
            max_chars=2000,
            height="content",
            placeholder=_("What is good or bad about this answer?"),
            label_visibility="collapsed",
            **held("note_" + "_".join(map(str, given.place)), given.note, note),
        )
    if mine.to_note:
        mine.to_note = False
        st.html(f"<script>{_FOCUS}</script>", unsafe_allow_javascript=True)


# --- what was sent -----------------------------------------------------------------------


def _sent(experiment: Experiment, given: Answer) -> None:
    """The exact request of each turn, and the prompt as the model read it where it is loaded."""
    spec, place = experiment.spec, given.place
    value = experiment.model_of(place.variant)
    backend = loaded(value)
    st.caption(
        _("To {model}, {place}.").format(
            model=label(resources.called(given.model or value)), place=_where(value)
        )
    )
    for turn in range(max(1, len(given.texts))):
        request = request_of(spec, place, given.texts[:turn], given.between[:turn])
        messages = request.messages or ()
        settings = {k: v for k, v in request.sampling.to_dict().items() if v is not None}
        content = as_sent(messages, request.tools, settings)
        if len(given.texts) > 1:
            st.markdown("**" + _("Turn {turn}").format(turn=turn + 1) + "**")
        st.code(content, language="json", wrap_lines=True)
        if backend is not None and not lacking(backend, "token_ids"):
            tokenizer = tokenizer_of(backend)
            with boundary():
                tools = [dict(one) for one in request.tools]
                ids = tokenizer.prompt_ids(list(messages), tools or None)
                said = ngettext(
                    "The prompt as the model reads it, {count:,} token:",
                    "The prompt as the model reads it, {count:,} tokens:",
                    len(ids),
                )
                st.caption(said.format(count=len(ids)))
                st.code(tokenizer.decode(ids), language=None, wrap_lines=True)
    if backend is None:
        st.caption(_("Load the model to see the prompt as it reads it, token by token."))


def _where(value: str) -> str:
    """Where a model runs, in words."""
    try:
        server = choice_of(value, resources.settings()).entry.server
    except PromptLabError:
        return _("which is not on offer here any more")
    return _("at {host}").format(host=label(server.host)) if server else _("on this machine")


# --- ways on -----------------------------------------------------------------------------


def _ways_on(experiment: Experiment, given: Answer) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if given.answered and st.button(
            _("Go on in chat"),
            key="answer_chat",
            icon=":material/forum:",
            help=_("A new conversation with this prompt, this answer, and the same settings."),
        ):
            _go_on(experiment, given)
        if given.texts:
            copy_button(given.shown[-1], "copy_answer", _("Copy answer"), _("Copy answer"))
        copy_link_button(
            "copy_answer_link",
            _("Copy link"),
            _("Copy link"),
            experiment=experiment.id,
            **{ANSWER: st.query_params.get(ANSWER, "")},
        )
        _inspect(experiment, given)


def _inspect(experiment: Experiment, given: Answer) -> None:
    backend = loaded(experiment.model_of(given.place.variant))
    reason = (
        _("Load the model to look at the answer token by token.")
        if backend is None
        else lacking(backend, "token_ids", "logits")
    )

    def inspect() -> None:
        st.query_params[INSPECT] = "1"

    if st.button(
        _("Inspect"),
        key="answer_inspect",
        icon=":material/troubleshoot:",
        type="tertiary",
        disabled=bool(reason) or not any(given.texts[-1:]),
        help=reason,
        on_click=explained(inspect),
    ):
        # The whole page anew: the inspector stands in it, and this closes
        st.rerun()


def _go_on(experiment: Experiment, given: Answer) -> None:
    store = resources.store()
    system = experiment.spec.variants[given.place.variant].system
    with boundary():
        personas = PersonaBook(store.personas).list() if system.strip() else []
        persona = next((one for one in personas if one.text.system == system), None)
        made = conversation_of(store.conversations, experiment, given, persona)
        st.switch_page(CHAT, query_params={"conversation": made.id})
