"""The words of the glossary that a lesson uses, for the popover at its title."""

from core.glossary import find_term
from core.lessons.lesson import Lesson

MOST = 8
# What lessons are about, the most telling first; everyday words such as "run" would be everywhere
LESSON_WORDS = (
    *("temperature", "top_p", "nucleus", "top_k", "greedy", "seed", "logits", "softmax"),
    *("entropy", "probability", "sampling", "tokenizer", "token", "system_message", "persona"),
    *("prompt_injection", "role", "chat_template", "context_window", "hallucination"),
    *("quantisation", "precision", "int8", "nf4", "divergence", "stop_token", "prompt"),
)


def lesson_words(lesson: Lesson) -> tuple[str, ...]:
    """The ids of the terms that occur in the lesson's text, `MOST` at the most."""
    text = "\n".join((lesson.title, lesson.summary, *lesson.sections.values()))
    return tuple(word for word in LESSON_WORDS if find_term(word).occurs_in(text))[:MOST]
