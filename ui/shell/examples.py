"""What a newcomer is offered to try, by what the model does well.

Each was tried on the model that it is for: SmolLM2 answers open questions in English and keeps few
rules; the embedded model speaks about its own small world, in English and in Chinese.
"""

from dataclasses import dataclass

from core.i18n import _, language
from core.models.catalogue import CatalogueEntry


@dataclass(frozen=True, slots=True)
class Examples:
    """starters: questions for the chat, the best first. persona: its id; with its button, and a
    question to it.

    grid: the prompt of nine cells; with its button, and a seed at which they differ visibly.
    """

    starters: tuple[str, ...]
    persona: str
    persona_label: str
    persona_question: str
    grid: str
    grid_label: str
    grid_seed: int


def examples(entry: CatalogueEntry | None) -> Examples:
    """Those for this model in the visitor's language."""
    chinese = language() == "zh"
    if chinese or entry is None or entry.embedded:
        return Examples(
            (
                _("What is temperature?"),
                _("Tell me a short story about a fox."),
                _("Who are you?"),
                _("Hello!"),
            ),
            "java-expert-zh" if chinese else "java-expert",
            _("Meet the Java expert"),
            _("Who are you?"),
            _("Tell me a short story about a fox."),
            _("Nine stories about a fox"),
            # Of the first twelve seeds the one whose nine stories differ most on the embedded model
            5 if chinese else 4,
        )
    return Examples(
        (
            _("Write a one-sentence pitch for a solar lamp."),
            _("Explain photosynthesis in two sentences."),
            _("Describe the sea in one sentence."),
            _("Tell me a short story about a fox."),
        ),
        "product-manager",
        _("Meet the product manager"),
        _("What is a user story?"),
        _("Describe the sea in one sentence."),
        _("The sea, described nine times"),
        # Nine texts that differ and read well up to temperature 0.8, of the seeds that were tried
        1,
    )
