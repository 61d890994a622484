"""Models on servers: those that are listed, what each was found to do, and a form to add one.

A server that a visitor adds is there for their session alone, and so is its key. It is tried out at
once; one that the operator lists when somebody asks for it.
"""

from collections.abc import Generator, Hashable
from pathlib import Path
from typing import Any

import streamlit as st

from core.engine.residents import ModelChoice
from core.errors import InvalidInput, PromptLabError
from core.i18n import _, sentences
from core.models import catalogue
from core.models.catalogue import CatalogueEntry
from core.servers.cards import keep_card, kept_card
from core.servers.entries import Key
from core.servers.listed import Server
from core.servers.prices import amount
from core.servers.subjects import SUBJECTS, Card, Finding, Subject, Verdict
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.membership import in_charge
from ui.shell.session import state
from ui.shell.text import label

_EXAMPLE_ADDRESS, _EXAMPLE_NAME = "http://localhost:11434/v1", "my-server"
# How often what was found by now is drawn anew while a server is tried out
_REFRESH_S = 0.5
_ICONS: dict[Verdict, str] = {"yes": "✓", "no": "–", "unclear": "?"}


def servers_part() -> None:
    """Draw the part of the Models page."""
    st.header(_("On servers"), anchor=False)
    settings = resources.settings()
    if not settings.remote:
        st.caption(_("The operator of this app allows servers on this machine only."))
    with boundary():
        for entry in catalogue.servers(settings):
            _server(entry)
    if in_charge():
        _add()


def _server(entry: CatalogueEntry) -> None:
    server = entry.server
    if server is None:
        return
    own = server.name in state(resources.OwnServers).servers
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{label(server.called)}** · {label(server.host)}")
            st.space("stretch")
            job = resources.jobs().get(_key(server))
            running = job if job and job.running else None
            if running:
                st.button(
                    _("Stop"),
                    key=f"probe_stop_{server.name}",
                    icon=":material/stop_circle:",
                    disabled=running.stopping,
                    on_click=explained(running.wish_end),
                )
            else:
                st.button(
                    _("Try out what it can"),
                    key=f"probe_{server.name}",
                    icon=":material/fact_check:",
                    on_click=explained(_begin),
                    args=(server,),
                    help=_("Sends some thirty small requests."),
                )
            if own:
                st.button(
                    _("Remove"),
                    key=f"leave_{server.name}",
                    icon=":material/close:",
                    on_click=explained(_leave),
                    args=(server,),
                )
        st.caption(_where(server, own))
        if running:
            _follow(server)
        elif job and job.error:
            st.warning(
                _("Could not try out what it can: {reason}").format(reason=label(str(job.error))),
                icon=":material/warning:",
            )
        _card(server)


def _where(server: Server, own: bool) -> str:
    parts = [
        _("Prompts stay on this machine")
        if server.here
        else _("Prompts are sent to {host}").format(host=label(server.host)),
        _("yours, for this session") if own else _("listed by the operator"),
    ]
    if server.tokenizer:
        parts.append(
            _("as token ids, by the tokenizer of {name}").format(name=label(server.tokenizer))
        )
    if server.price:
        parts.append(
            _("{read} read, {written} written, per million tokens").format(
                read=label(amount(server.price.read, server.price.currency)),
                written=label(amount(server.price.written, server.price.currency)),
            )
        )
    return " · ".join(parts)


def _card(server: Server) -> None:
    kept = kept_card(resources.settings().data_dir, server)
    if kept is None:
        return
    card, at = kept
    with st.expander(
        _("What it can, as tried on {date}").format(date=at.strftime("%Y-%m-%d")),
        icon=":material/badge:",
    ):
        if card.window:
            st.caption(_("Context window: {count:,} tokens").format(count=card.window))
        _findings(card.findings)


def _findings(findings: tuple[Finding, ...] | list[Finding]) -> None:
    st.dataframe(
        [
            {
                _("What was tried"): _subjects()[one.subject],
                _("Works"): _ICONS[one.verdict],
                _("Measured"): one.detail,
            }
            for one in findings
        ],
        hide_index=True,
        width="stretch",
    )


def _subjects() -> dict[Subject, str]:
    return {
        "streaming": _("Answers come piece by piece (pieces)"),
        "usage": _("Tokens are counted (read + written)"),
        "seed": _("One seed gives one text, another seed another (different texts)"),
        "top_k": _("top_k is obeyed (texts without : with top_k 1)"),
        "n": _("Several answers to one request (of 3)"),
        "logprobs": _("Alternatives of each token (at most)"),
        "distribution": _("How likely each next token is (tokens: their probability)"),
        "token_ids_in": _("Prompts as token ids (tokens read, of 5)"),
        "token_ids_out": _("Answers with token ids (ids)"),
        "echo": _("Given texts are scored (tokens)"),
        "tools": _("Tools are called, and what they say is read (the tool)"),
        "json_schema": _("Answers follow a JSON schema"),
    }


# --- trying out -------------------------------------------------------------------------------


def _key(server: Server) -> Hashable:
    # Another visitor's of the same name has another key; a key itself is not kept with a job
    return "probe", server.name, server.url, hash(server)


def _begin(server: Server) -> None:
    data_dir = resources.settings().data_dir

    def work() -> Generator[tuple[Hashable, Any], None, None]:
        # With the client, whose import takes seconds
        from core.servers.probe import probed

        for found in probed(server):
            if isinstance(found, Card):
                keep_card(data_dir, server, found)
            else:
                yield found.subject, found

    resources.jobs().start(_key(server), work)


@st.fragment(run_every=_REFRESH_S)
def _follow(server: Server) -> None:
    """What was found by now; the whole page anew when all is. The page is not held up by it: the
    server can be used meanwhile, and others added."""
    job = resources.jobs().get(_key(server))
    if job is None or not job.running:
        st.rerun()
    found = [one for subject in SUBJECTS if (one := job.last(Finding, subject))]
    st.progress(
        len(found) / len(SUBJECTS),
        _("Trying out what it can: {done} of {all}").format(done=len(found), all=len(SUBJECTS)),
    )
    if found:
        _findings(found)


# --- a visitor's own --------------------------------------------------------------------------


def _add() -> None:
    with st.expander(_("Add a server for this session"), icon=":material/add_link:"):
        st.caption(
            _(
                "Any server that speaks the OpenAI API: vLLM, llama.cpp, Ollama, LM Studio, or a "
                "hosted service. The key stays in memory until you leave, and is written nowhere."
            )
        )
        st.text_input(_("Address"), key="server_url", placeholder=_EXAMPLE_ADDRESS)
        left, right = st.columns(2)
        left.text_input(_("Name"), key="server_name", placeholder=_EXAMPLE_NAME)
        right.text_input(
            _("Model"),
            key="server_model",
            help=_("Its id on the server; not needed where there is only one."),
        )
        left, right = st.columns(2)
        left.text_input(_("Key"), key="server_key", type="password", autocomplete="off")
        right.selectbox(
            _("Tokenizer"),
            _tokenizers(),
            index=None,
            key="server_tokenizer",
            accept_new_options=True,
            placeholder=_("None here"),
            help=_(
                "If the same model, or its tokenizer, is also on this machine, choose it or enter the "
                "path of its folder or GGUF file. Prompts then go as token ids, and as far as the "
                "server tells probabilities, answers can be inspected and branched."
            ),
        )
        st.button(_("Add"), key="server_add", type="primary", on_click=explained(_take))


def _tokenizers() -> list[str]:
    """The models here whose tokenizer may be the server's."""
    return [entry.name for entry in catalogue.entries(resources.settings()) if entry.on_disk]


def _take() -> None:
    typed = st.session_state
    server = Server(
        name=typed["server_name"].strip(),
        url=typed["server_url"].strip().rstrip("/"),
        model=typed["server_model"].strip(),
        key=Key(typed["server_key"]),
        tokenizer=(typed["server_tokenizer"] or "").strip(),
    )
    settings = resources.settings()
    if not (settings.remote or server.here):
        raise InvalidInput(
            _("The operator of this app allows servers on this machine only, not {host}.").format(
                host=server.host
            )
        )
    if catalogue.named(server.name, settings):
        raise InvalidInput(
            _("There is already a model called {name!r}. Choose another name.").format(
                name=server.name
            )
        )
    if server.tokenizer:
        # Whether it is the server's own is found out now: with another one nothing would be right
        entry = CatalogueEntry(server.name, Path(server.name), server=server)
        resources.host().backend(ModelChoice(entry, settings.device, settings.precision))
    state(resources.OwnServers).servers[server.name] = server
    for name in ("server_name", "server_url", "server_model", "server_key"):
        typed[name] = ""
    typed["server_tokenizer"] = None
    said = _("Added. Choose it wherever a model is chosen; what it can is being tried out.")
    try:
        _begin(server)
    except PromptLabError as error:
        # It is there all the same, with its button
        said = sentences((_("Added. Choose it wherever a model is chosen."), label(str(error))))
    st.toast(said, icon=":material/check:")


def _leave(server: Server) -> None:
    job = resources.jobs().running(_key(server))
    if job:
        job.wish_end()
    state(resources.OwnServers).servers.pop(server.name, None)
    resources.host().leave(server)
