"""Short numbered lists."""

from training import words
from training.dialogue import Dialogue, Expect, assistant, user
from training.grammar import Draw

COUNTS = ("two", "three", "four", "five", "six")
IDEAS = (
    "check the prompt with a long text",
    "try it with an empty input",
    "ask the same question twice",
    "compare two temperatures",
    "add an example",
    "shorten the system message",
    "ask in another language",
    "use a different seed",
    "test an injection",
    "read the answer aloud",
    "lower top_p",
    "raise max_length",
)
TIPS = (
    "say what you want",
    "give an example",
    "name the reader",
    "keep it short",
    "change one thing at a time",
    "fix the seed",
    "test with several inputs",
    "write down your results",
    "say what to leave out",
    "ask for a form",
)
PET_NAMES = (
    "Momo",
    "Luna",
    "Balu",
    "Pixel",
    "Tiger",
    "Coco",
    "Fluffy",
    "Simba",
    "Biscuit",
    "Shadow",
    "Ginger",
    "Olli",
)
FRUITS = ("apple", "banana", "pear", "cherry", "plum", "orange", "lemon", "grape", "peach", "kiwi")
VEGETABLES = ("carrot", "potato", "onion", "tomato", "cabbage", "pea", "bean", "leek", "spinach")
DRINKS = ("water", "tea", "coffee", "milk", "juice", "lemonade", "cocoa", "apple juice")
COUNTRIES = (
    "Austria",
    "France",
    "Italy",
    "Spain",
    "Japan",
    "China",
    "India",
    "Peru",
    "Kenya",
    "Norway",
)
FLOWERS = ("rose", "tulip", "daisy", "lily", "violet", "sunflower", "poppy", "orchid")
MUSIC = ("violin", "flute", "drum", "piano", "guitar", "harp", "trumpet", "cello")
SPORTS = ("tennis", "football", "swimming", "cycling", "skiing", "running", "rowing", "climbing")
LANGUAGES = ("Java", "Python", "C", "Rust", "Go", "Ruby", "Kotlin", "Haskell")
PARTS = ("temperature", "top_p", "top_k", "seed", "max_length")
KINDS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("animals", "animals from the forest", "kinds of animals"), words.ANIMALS),
    (("colours", "colors", "bright colours"), words.COLOURS),
    (("cities", "towns", "cities to visit"), words.CITIES),
    (
        ("first names", "names", "names for a baby", "names for a hero"),
        words.FIRST_NAMES,
    ),
    (
        ("hobbies", "things to do", "ideas for the weekend", "free time activities"),
        words.HOBBIES,
    ),
    (("foods", "things to eat", "ideas for dinner", "dishes"), words.FOODS),
    (("jobs", "professions", "kinds of work"), words.JOBS),
    (("things for a story", "objects", "things in a house"), words.THINGS),
    (("places for a story", "places", "places to play"), words.PLACES),
    (("test ideas", "ways to test a prompt", "things to test"), IDEAS),
    (
        (
            "tips for prompts",
            "tips for a good prompt",
            "rules for prompts",
            "prompt tips",
        ),
        TIPS,
    ),
    (("names for a cat", "names for a dog", "names for a pet", "pet names"), PET_NAMES),
    (("fruits", "kinds of fruit", "sweet fruits"), FRUITS),
    (("vegetables", "kinds of vegetables", "green vegetables"), VEGETABLES),
    (("drinks", "things to drink", "cold drinks"), DRINKS),
    (("countries", "countries to visit", "names of countries"), COUNTRIES),
    (("flowers", "kinds of flowers", "flowers for a garden"), FLOWERS),
    (("instruments", "musical instruments", "instruments for a band"), MUSIC),
    (("sports", "kinds of sport", "sports to try"), SPORTS),
    (("programming languages", "coding languages", "languages for programmers"), LANGUAGES),
    (("sampling settings", "settings", "sampling parameters"), PARTS),
)
ASK = (
    "give me {k} {w}",
    "list {k} {w}",
    "name {k} {w}",
    "tell me {k} {w}",
    "a list of {k} {w}",
    "I need {k} {w}",
    "can you name {k} {w}",
    "write a list of {k} {w}",
    "what are {k} {w}",
    "{k} {w}, please",
    "show me {k} {w}",
    "think of {k} {w}",
    "make a list with {k} {w}",
    "{k} {w}",
    "[please |]give me a list of {k} {w}",
    "[could|can] you list {k} {w}",
    "[can|could] you give me {k} {w}",
    "I want {k} {w}",
    "I am looking for {k} {w}",
    "[help me|let us] find {k} {w}",
    "write down {k} {w}",
    "[do you know|tell us] {k} {w}",
    "which {k} {w} [come to mind|do you know]",
    "[just|only] {k} {w}[, please|]",
    "we need {k} {w}",
    "[come up with|suggest|propose|find|pick] {k} {w}[ for me|]",
    "[please |could you |can you |would you ][write|show|send] [me |us |]{k} {w}",
    "[I'd like|I would like|we'd like|I could use] {k} {w}",
    "[a|one] [short |little |numbered |]list of {k} {w}[, please|]",
    "[make|draw up|prepare|put together|create] a [short |little |numbered |]list of {k} {w}",
    "[what|which] are {k} {w} [you know|you would choose|you like]",
    "[help|assist] me with {k} {w}",
    "[do you have|have you got|got] {k} {w}[ for me| for us|]",
    "[for my project|for a game|for tomorrow|for my class] I need {k} {w}",
    "[my task is|my job is|I have] to [list|find|name|write down] {k} {w}",
    "{w}: [name|list|give me|write|find|suggest] {k}",
    "{w}, [but|and] [only|just|exactly] {k}[, please|]",
    "{k} [different |]{w}[, as a list|, one per line|, in a list| for my notes|]",
    "[how about|what about|let us have|let's have] {k} {w}",
    "[choose|select|pick out] {k} {w}[ for me| for us|]",
    "[mention|enumerate|note|jot down] {k} {w}",
    "[exactly|just|no more than] {k} {w}[, please| will do| are enough|]",
    "[can|could|will] you [suggest|recommend|find] {k} {w}",
    "[I am|we are] [collecting|looking for|searching for] {k} {w}",
    "[tell|say] [me |us |]{k} {w} [that come to mind|you can think of|off the top of your head]",
    "[quick|quickly]: {k} {w}",
    "[please say|tell me|I wonder] which {k} {w} [you would name|you would choose|come to your mind]",
    "[the number is|number:] {k}, [the topic|topic] is {w}. [Write|Make|Give me] the list",
    "[recommend|propose|offer] {k} {w}[, please|]",
    "[fill|write|begin] [a list|my list|a note] with {k} {w}",
    "[let me have|let me see|let me know|I want to see] {k} {w}",
    "[would you|will you] [mind naming|be so kind as to name|kindly name] {k} {w}",
    "{k} {w} [wanted|needed|please|would help]",
    "[next|now|then] [name|list|give me|show me] {k} {w}",
    "[as a list|in a list|numbered|one by one]: {k} {w}",
)


def numbered(draw: Draw) -> Dialogue:
    """As many numbered items as were asked for."""
    kinds, items = draw.any(KINDS)
    count = draw.rng.randint(2, min(6, len(items)))
    chosen = draw.rng.sample(items, count)
    lines = "\n".join(f"{i}. {item[:1].upper()}{item[1:]}" for i, item in enumerate(chosen, 1))
    said = COUNTS[count - 2] if draw.chance(0.7) else str(count)
    question = draw.ask(ASK, k=said, w=draw.any(kinds))
    found = Expect(any_of=tuple(items), items=count)
    return Dialogue("list", (user(question + draw.any((".", "", "?"))), assistant(lines)), found)
