"""All lessons on paper: one HTML file that needs nothing else, to be printed.

Each lesson gets its question, the prediction to tick, space to write and the check question;
the answers stand on a page of their own at the end. Text is Markdown without HTML and images.
"""

from collections.abc import Sequence
from functools import cache
from html import escape

from markdown_it import MarkdownIt

from core.lessons.lesson import Lesson

# The handout has a language of its own, which need not be the page's: its few words are here.
WORDS = {
    "en": {
        "title": "Prompt Lab: lessons",
        "name": "Name",
        "date": "Date",
        "minutes": "{count} minutes",
        "predict": "My prediction",
        "seen": "What I saw",
        "why": "Why is that so? In my own words",
        "check": "Check",
        "answers": "Answers",
        "answers_note": "The predictions hold on the embedded model with the seeds of the lessons.",
        "prediction": "Prediction",
        "run": "The run decides; see the page.",
    },
    "zh": {
        "title": "Prompt Lab 课程",
        "name": "姓名",
        "date": "日期",
        "minutes": "{count} 分钟",
        "predict": "我的预测",
        "seen": "我看到了什么",
        "why": "为什么会这样？用自己的话说",
        "check": "检查",
        "answers": "答案",
        "answers_note": "使用内置模型和课程给定的种子时，这些预测成立。",
        "prediction": "预测",
        "run": "由运行结果决定，见页面。",
    },
}
_STYLE = """
:root { color-scheme: light }
body { font: 11pt/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei",
  sans-serif; color: #1c2430; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 20pt; margin: 0 0 .5rem } h2 { font-size: 15pt; margin: 0 0 .2rem }
h3 { font-size: 11pt; margin: 1rem 0 .3rem }
.meta { color: #5a6473; margin: 0 0 .8rem }
.fields { display: flex; gap: 2rem; margin: 0 0 2rem }
.fields span { flex: 1; border-bottom: 1px solid #8a94a3; padding-bottom: .2rem }
article, .answers { break-before: page; border-top: 2px solid #2f6fde; padding-top: .8rem;
  margin-top: 2.5rem }
article:first-of-type { break-before: auto }
ul.ticks { list-style: none; padding: 0 } ul.ticks li { margin: .25rem 0 }
ul.ticks li::before { content: "☐"; margin-right: .6rem }
.lines { height: 7.5rem; background: repeating-linear-gradient(transparent 0 1.45rem,
  #c4ccd8 1.45rem 1.5rem) }
code { background: #eef1f6; padding: 0 .2rem; border-radius: .2rem }
table { border-collapse: collapse } td, th { border: 1px solid #c4ccd8; padding: .2rem .5rem }
dt { font-weight: 600; margin-top: .7rem } dd { margin: 0 0 0 1rem }
@media print { body { margin: 0; max-width: none } article, .answers { border: 0; margin: 0 }
  .lines { -webkit-print-color-adjust: exact; print-color-adjust: exact } }
"""


def handout(lessons: Sequence[Lesson], language: str) -> str:
    """The handout in one language, as a whole HTML document."""
    words = WORDS.get(language, WORDS["en"])
    parts = [
        f'<!DOCTYPE html><html lang="{escape(language)}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(words['title'])}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(words['title'])}</h1>",
        f'<p class="fields"><span>{words["name"]}:</span><span>{words["date"]}:</span></p>',
        *(_lesson(place, lesson, words) for place, lesson in enumerate(lessons, 1)),
        _answers(lessons, words),
        "</body></html>",
    ]
    return "\n".join(parts)


def _lesson(place: int, lesson: Lesson, words: dict[str, str]) -> str:
    estimate = lesson.prediction.estimate
    guess = (
        f"<p>{estimate.low} … {estimate.high}: ________</p>"
        if estimate
        else _ticks([choice.text for choice in lesson.prediction.choices])
    )
    return "\n".join(
        [
            f"<article><h2>{place}. {escape(lesson.title)}</h2>",
            f'<p class="meta">{escape(lesson.summary)} '
            f"{words['minutes'].format(count=lesson.minutes)}</p>",
            _html(lesson.sections["question"]),
            f"<h3>{words['predict']}</h3>{_html(lesson.prediction.ask)}{guess}",
            f'<h3>{words["seen"]}</h3><div class="lines"></div>',
            f'<h3>{words["why"]}</h3><div class="lines"></div>',
            f"<h3>{words['check']}</h3>{_html(lesson.check_ask)}",
            _ticks([answer.text for answer in lesson.check]),
            "</article>",
        ]
    )


def _answers(lessons: Sequence[Lesson], words: dict[str, str]) -> str:
    rows = []
    for place, lesson in enumerate(lessons, 1):
        right = next(answer for answer in lesson.check if answer.right)
        rows.append(
            f"<dt>{place}. {escape(lesson.title)}</dt>"
            f"<dd>{words['prediction']}: {_inline(_promised(lesson) or words['run'])}</dd>"
            f"<dd>{words['check']}: {_inline(right.text)}. {_inline(right.feedback)}</dd>"
        )
    note = f'<p class="meta">{words["answers_note"]}</p>'
    return f'<section class="answers"><h2>{words["answers"]}</h2>{note}<dl>{"".join(rows)}</dl></section>'


def _promised(lesson: Lesson) -> str:
    estimate = lesson.prediction.estimate
    if estimate and estimate.promised is not None:
        return f"{estimate.promised:g}"
    return next((choice.text for choice in lesson.prediction.choices if choice.promised), "")


def _ticks(texts: Sequence[str]) -> str:
    return '<ul class="ticks">' + "".join(f"<li>{_inline(text)}</li>" for text in texts) + "</ul>"


def _html(text: str) -> str:
    return _markdown().render(text)


def _inline(text: str) -> str:
    return _markdown().renderInline(text)


@cache
def _markdown() -> "MarkdownIt":
    # Raw HTML is shown as text; an image or a link could fetch something from elsewhere
    return (
        MarkdownIt("commonmark", {"html": False})
        .enable("table")
        .disable(["image", "link", "autolink"])
    )
