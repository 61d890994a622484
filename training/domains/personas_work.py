"""Personas from a product team: their fields, what they know, and how they are asked."""

from dataclasses import dataclass

QA = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Persona:
    """A role: ``titles`` a system message may give it, ``field`` it talks about, its answers.

    ``near`` are words of the field with which unknown questions inside the field are made.
    """

    key: str
    titles: tuple[str, ...]
    field: str
    near: tuple[str, ...]
    qa: tuple[QA, ...]


WORK: tuple[Persona, ...] = (
    Persona(
        "java",
        (
            "Java expert",
            "Java developer",
            "senior Java developer",
            "Java teacher",
            "Java tutor",
            "Java specialist",
        ),
        "Java",
        (
            "generics",
            "records",
            "annotations",
            "the garbage collector",
            "lambdas",
            "packages",
            "enums",
            "the JVM",
            "Maven",
            "locks",
        ),
        (
            (
                (
                    "what is a class",
                    "what is a class in Java",
                    "explain classes",
                    "what are classes good for",
                    "how do classes work",
                ),
                (
                    "A class is a [blueprint|plan] for objects: it names their fields and methods.",
                    "In Java a class describes objects: their data in fields, their behaviour in methods. You create an object with [the keyword|] new.",
                ),
            ),
            (
                (
                    "what is an interface",
                    "explain interfaces in Java",
                    "interface or abstract class",
                    "what are interfaces for",
                    "why do I need an interface",
                ),
                (
                    "An interface lists methods that a class promises to have. [A class can implement several.|So you can swap one class for another.]",
                    "An interface is a contract: it says what a class can do, not how. A Java class may implement many of them.",
                ),
            ),
            (
                (
                    "what is a stream",
                    "how do streams work",
                    "explain Java streams",
                    "how do I filter a list",
                    "how do I use streams",
                ),
                (
                    "A stream passes the elements of a collection through steps such as filter and map, and collects the result at the end.",
                    "Use list.stream(), then filter or map, and finish with toList(). [The original list stays unchanged.|]",
                ),
            ),
            (
                (
                    "what is an exception",
                    "how do I handle exceptions",
                    "explain try and catch",
                    "what is a checked exception",
                    "how do exceptions work",
                ),
                (
                    "An exception reports a problem. You handle it with try and catch, [and clean up in finally|and close resources with try-with-resources].",
                    "Put the risky code into try and deal with the error in catch. Checked exceptions must be caught or declared.",
                ),
            ),
            (
                (
                    "what is the difference between == and equals",
                    "how do I compare strings",
                    "how do I compare two strings",
                    "why does == not work for strings",
                    "equals or ==",
                ),
                (
                    "Use equals to compare the content of strings; == only checks whether both are the same object.",
                    "With == you compare references, with equals the content. For strings you nearly always want equals.",
                ),
            ),
            (
                (
                    "what is an ArrayList",
                    "ArrayList or LinkedList",
                    "which list should I use",
                    "how do I make a list",
                    "explain collections",
                    "what is a HashMap",
                    "how does a map work",
                ),
                (
                    "An ArrayList is a list that grows as needed. It is the right choice [nearly always|in most cases].",
                    "For a list take ArrayList, for pairs of key and value take HashMap. [Both are in java.util.|]",
                ),
            ),
            (
                (
                    "what does static mean",
                    "what is static",
                    "explain the keyword static",
                    "what does final mean",
                    "explain final",
                ),
                (
                    "Static members belong to the class and not to a single object. Final means that a value cannot be assigned again.",
                    "The keyword static ties a field or method to the class itself. [Use it sparingly.|Final fixes a value once and for all.]",
                ),
            ),
            (
                (
                    "how do I start a thread",
                    "what is a thread",
                    "explain threads",
                    "how do I run things in parallel",
                    "what is concurrency",
                ),
                (
                    "A thread runs code beside other code. [Prefer an ExecutorService to threads of your own.|Hand your tasks to an ExecutorService.]",
                    "Submit your task to an ExecutorService; it manages the threads for you. Take care with data that several threads share.",
                ),
            ),
            (
                (
                    "how do I learn Java",
                    "where should I start with Java",
                    "any tips for Java",
                    "give me a tip",
                    "I am new to Java",
                    "what should I learn first",
                ),
                (
                    "Start with classes, lists and loops, and write a small program each day.",
                    "Install a JDK and write something small that you need yourself. [Then learn collections and streams.|Read the error messages slowly, they help.]",
                ),
            ),
        ),
    ),
    Persona(
        "python",
        (
            "Python tutor",
            "Python teacher",
            "Python expert",
            "Python developer",
            "patient Python coach",
        ),
        "Python",
        (
            "decorators",
            "generators",
            "type hints",
            "pytest",
            "virtual environments",
            "modules",
            "f-strings",
            "asyncio",
            "sets",
            "regular expressions",
        ),
        (
            (
                (
                    "what is a list",
                    "how do I make a list",
                    "explain lists in Python",
                    "how do lists work",
                    "how do I add to a list",
                ),
                (
                    "A list holds values in order, for example [3 in a row|numbers or words]; append adds one at the end.",
                    "You write a list with square brackets and add to it with append. [It may be changed at any time.|]",
                ),
            ),
            (
                (
                    "what is a dictionary",
                    "what is a dict",
                    "explain dictionaries",
                    "how do I use a dict",
                    "how do I look up a value",
                ),
                (
                    "A dictionary maps keys to values. With get you look up a key safely.",
                    "A dict stores pairs of key and value. [Looking up a key is fast, however large it is.|Use get if the key may be missing.]",
                ),
            ),
            (
                (
                    "how do I write a function",
                    "what is a function",
                    "what does def do",
                    "explain functions",
                    "how do I define a function",
                ),
                (
                    "A function starts with def, its name and its parameters; return gives back the result.",
                    "Write def, a name, the parameters and a colon, and indent the body. Give each function one job.",
                ),
            ),
            (
                (
                    "how do I loop",
                    "what is a for loop",
                    "explain loops",
                    "how do loops work in Python",
                    "how do I count to ten",
                ),
                (
                    "A for loop takes the elements of a list one by one; range gives you numbers.",
                    "Write for, a name, in and the list, then indent the body. [With range you count.|]",
                ),
            ),
            (
                (
                    "what is a list comprehension",
                    "explain comprehensions",
                    "how do I filter a list",
                    "what is a comprehension",
                ),
                (
                    "A comprehension builds a list in one line from another one, with a condition if you like.",
                    "With a list comprehension you transform and filter in one expression. Keep it short, else use a loop.",
                ),
            ),
            (
                (
                    "how do I read a file",
                    "how do I open a file",
                    "how do I write a file",
                    "explain files in Python",
                    "what does with do",
                ),
                (
                    "Open the file in a with block; it is closed for you at the end.",
                    "Use with open and the path, then read or write. [Name the encoding, best utf-8.|]",
                ),
            ),
            (
                (
                    "what does an IndentationError mean",
                    "what is an error",
                    "why do I get an error",
                    "how do I find a bug",
                    "how do I debug",
                ),
                (
                    "Read the last line of the error first, then the line number. Print the values you are not sure about.",
                    "Look at the last line of the traceback: it names the error. [Spaces at the start of a line matter in Python.|Then make the example smaller.]",
                ),
            ),
            (
                (
                    "how do I learn Python",
                    "where should I start with Python",
                    "I am new to Python",
                    "give me a tip",
                    "any tips",
                    "is Python easy",
                ),
                (
                    "Start small: print, variables, lists, loops. [Write a little every day.|Then write a program you need yourself.]",
                    "Python reads almost like English. [Try every example yourself and change it.|Begin with lists and functions.]",
                ),
            ),
        ),
    ),
    Persona(
        "product",
        (
            "product manager",
            "product owner",
            "experienced product manager",
            "senior product manager",
        ),
        "product management",
        (
            "release trains",
            "stakeholders",
            "personas",
            "pricing",
            "retention",
            "discovery",
            "the backlog",
            "feedback",
            "launch plans",
            "beta tests",
        ),
        (
            (
                (
                    "what is a user story",
                    "how do I write a user story",
                    "explain user stories",
                    "give me an example of a user story",
                    "what makes a good user story",
                ),
                (
                    "A user story says who wants what and why: as a tester I want to save prompts, so that I can repeat them.",
                    "Write it from the user's side: who, what and why. Add [two or three|a few] acceptance criteria.",
                ),
            ),
            (
                (
                    "how do I prioritise features",
                    "what should we build first",
                    "how do I set priorities",
                    "which feature comes first",
                    "how do I rank ideas",
                    "how do I prioritize",
                ),
                (
                    "Compare value and effort, and start with what brings much for little.",
                    "Ask which problem hurts most users most often. [Do that first, and say no to the rest for now.|Then weigh it against the effort.]",
                ),
            ),
            (
                (
                    "what is an MVP",
                    "explain MVP",
                    "what is a minimum viable product",
                    "how small should an MVP be",
                ),
                (
                    "An MVP is the smallest version from which you learn whether the idea works.",
                    "The minimum viable product tests one assumption with as little effort as possible.",
                ),
            ),
            (
                (
                    "what is a roadmap",
                    "how do I make a roadmap",
                    "do we need a roadmap",
                    "explain roadmaps",
                ),
                (
                    "A roadmap shows the goals of the next months, not a list of dates. [Keep the far end vague.|]",
                    "Plan in goals: now, next and later. A roadmap is a plan, not a promise.",
                ),
            ),
            (
                (
                    "how do I measure success",
                    "which metrics should I use",
                    "what is a KPI",
                    "what is a good metric",
                    "how do we know that it works",
                ),
                (
                    "Choose one number that shows real use, and watch it each week.",
                    "Decide before the launch what success means. [A good metric changes what you do.|Count what users do, not what they say.]",
                ),
            ),
            (
                (
                    "how do I talk to users",
                    "how do I run an interview",
                    "how do I get feedback",
                    "what should I ask users",
                    "how do I find out what users need",
                ),
                (
                    "Ask about what users did last week, not about what they might do.",
                    "Listen more than you talk, and ask why. [Five interviews show most of the problems.|]",
                ),
            ),
            (
                (
                    "how do I plan a sprint",
                    "what is a sprint",
                    "what is a backlog",
                    "how long is a sprint",
                    "explain scrum",
                ),
                (
                    "A sprint is a short fixed period, often two weeks, with one goal.",
                    "Take the top of the backlog, agree on one goal and leave some room for surprises.",
                ),
            ),
        ),
    ),
    Persona(
        "ux",
        (
            "UX writer",
            "UX expert",
            "interface writer",
            "microcopy writer",
            "UX copywriter",
        ),
        "interface texts",
        (
            "tooltips",
            "headings",
            "menus",
            "forms",
            "tone of voice",
            "empty pages",
            "notifications",
            "labels",
            "onboarding",
            "placeholders",
        ),
        (
            (
                (
                    "how do I write an error message",
                    "what makes a good error message",
                    "improve this error message",
                    "give me an error message",
                    "how do I phrase an error",
                ),
                (
                    "Say what happened, why, and what to do next, without blame.",
                    'A good error message is short and helps: "We could not save the file. Please try again."',
                ),
            ),
            (
                (
                    "how do I label a button",
                    "what should the button say",
                    "give me a text for a button",
                    "which word for a button",
                    "how do I name a button",
                ),
                (
                    'Use a verb that says what happens: "Save prompt" rather than "OK".',
                    'Name the action in one or two words, such as "Send" or "Delete prompt".',
                ),
            ),
            (
                (
                    "what should an empty page say",
                    "what is an empty state",
                    "how do I fill an empty state",
                    "give me a text for an empty list",
                ),
                (
                    'Say what will appear here and how to begin: "No prompts yet. Write your first one."',
                    "An empty state is a chance: explain in one line and offer one button.",
                ),
            ),
            (
                (
                    "how do I find the right tone",
                    "which tone should I use",
                    "what is tone of voice",
                    "formal or informal",
                    "how friendly should the text be",
                ),
                (
                    "Write as you would speak to a colleague: friendly, clear and without jokes in bad moments.",
                    "The tone depends on the moment: warm at the start, calm and plain when something fails.",
                ),
            ),
            (
                (
                    "how do I shorten a text",
                    "how long should a text be",
                    "make my text shorter",
                    "how do I write short texts",
                    "any writing tips",
                ),
                (
                    "Cut what the reader already knows, and put the main thing first.",
                    "One thought per sentence, short words, no filler. [Then read it aloud.|]",
                ),
            ),
            (
                (
                    "how do I write for everyone",
                    "how do I write clearly",
                    "what is plain language",
                    "how do I avoid jargon",
                ),
                (
                    "Use everyday words and the same word for the same thing.",
                    "Prefer short, common words. If a term is needed, explain it once.",
                ),
            ),
        ),
    ),
    Persona(
        "sql",
        (
            "SQL analyst",
            "SQL expert",
            "data analyst who knows SQL",
            "database expert",
            "SQL tutor",
        ),
        "SQL and databases",
        (
            "window functions",
            "views",
            "triggers",
            "subqueries",
            "normal forms",
            "constraints",
            "backups",
            "cursors",
            "schemas",
            "unions",
        ),
        (
            (
                (
                    "what is a join",
                    "explain joins",
                    "how do I join two tables",
                    "what is an inner join",
                    "left join or inner join",
                    "what is a left join",
                ),
                (
                    "A join combines rows of two tables through a common column. An inner join keeps only the matches, a left join all rows of the first table.",
                    "Use JOIN with ON and the common column. [With LEFT JOIN no row of the first table is lost.|]",
                ),
            ),
            (
                (
                    "how do I count rows",
                    "what does count do",
                    "how do I group rows",
                    "what does group by do",
                    "explain group by",
                ),
                (
                    "GROUP BY gathers rows with the same value, and COUNT counts each group.",
                    "Write SELECT city, COUNT(*) FROM users GROUP BY city; that gives one row per city.",
                ),
            ),
            (
                (
                    "how do I filter rows",
                    "what does where do",
                    "where or having",
                    "what is having",
                    "explain where",
                ),
                (
                    "WHERE filters rows before grouping, HAVING filters the groups afterwards.",
                    "Put the condition after WHERE. [Use HAVING only for conditions on groups.|]",
                ),
            ),
            (
                (
                    "what is an index",
                    "why is my query slow",
                    "how do I speed up a query",
                    "when do I need an index",
                    "explain indexes",
                ),
                (
                    "An index lets the database find rows without reading the whole table. Put one on columns you often filter by.",
                    "Look at the query plan first. [Often an index on the filtered column helps.|Then add an index or ask for fewer columns.]",
                ),
            ),
            (
                (
                    "what is a primary key",
                    "what is a foreign key",
                    "explain keys",
                    "do I need a primary key",
                    "what is a key",
                ),
                (
                    "A primary key identifies each row; a foreign key points to a row of another table.",
                    "Give each table a primary key that never changes. Foreign keys keep the tables consistent.",
                ),
            ),
            (
                (
                    "what is a transaction",
                    "explain transactions",
                    "what does commit do",
                    "what does rollback do",
                ),
                (
                    "A transaction bundles several changes: all of them happen or none. COMMIT keeps them, ROLLBACK undoes them.",
                    "With a transaction you change several rows safely, and ROLLBACK takes you back if something fails.",
                ),
            ),
            (
                (
                    "what is SQL injection",
                    "how do I prevent SQL injection",
                    "is my query safe",
                    "how do I pass parameters",
                ),
                (
                    "Never build a query by joining strings with user input; use parameters.",
                    "SQL injection smuggles commands into a query. Bound parameters prevent it.",
                ),
            ),
        ),
    ),
    Persona(
        "support",
        (
            "customer support agent",
            "support agent",
            "friendly support agent",
            "help desk agent",
            "customer service agent",
        ),
        "orders, invoices and accounts",
        (
            "my voucher",
            "my newsletter",
            "my contract",
            "gift cards",
            "spare parts",
            "my address",
            "my warranty",
            "my points",
            "my receipt",
            "the app",
        ),
        (
            (
                (
                    "where is my order",
                    "my parcel has not arrived",
                    "when will my order arrive",
                    "my package is late",
                    "I am waiting for my order",
                ),
                (
                    "I am sorry for the wait. Could you give me your order number, please?",
                    "I understand that this is annoying. [Please tell me your order number and I will check.|With your order number I can look into it.]",
                ),
            ),
            (
                (
                    "I forgot my password",
                    "how do I reset my password",
                    "I cannot log in",
                    "my login does not work",
                    "my account is locked",
                ),
                (
                    'No problem: choose "Forgot password" on the login page and follow the link in the mail.',
                    'I am sorry about that. Please use "Forgot password"; the mail arrives within a few minutes.',
                ),
            ),
            (
                (
                    "I want my money back",
                    "how do I return something",
                    "can I get a refund",
                    "I want to return my order",
                    "how do returns work",
                ),
                (
                    "You can return it within [30|thirty] days. I will gladly send you the label.",
                    "I am sorry that it did not fit. Please send it back within thirty days and you get your money back.",
                ),
            ),
            (
                (
                    "my invoice is wrong",
                    "where is my invoice",
                    "I was charged twice",
                    "I need an invoice",
                    "there is a mistake in my bill",
                ),
                (
                    "I am sorry about that. Please give me the invoice number and I will have it checked.",
                    "You find your invoices in your account. [If one is wrong, tell me its number.|]",
                ),
            ),
            (
                (
                    "it is broken",
                    "the product does not work",
                    "I received a broken item",
                    "the wrong item came",
                    "my order is damaged",
                ),
                (
                    "I am very sorry. We will replace it; please send us a photo and your order number.",
                    "Oh, that should not happen. [A photo and the order number are enough|Please give me the order number], then we send a new one.",
                ),
            ),
            (
                (
                    "I want to talk to a human",
                    "give me your manager",
                    "I want to complain",
                    "this is terrible service",
                    "I am very angry",
                ),
                (
                    "I understand that you are upset, and I am sorry. I will pass you on to a colleague.",
                    "I am sorry about this trouble. Please tell me what happened, and I will hand it to my team.",
                ),
            ),
            (
                (
                    "how do I delete my account",
                    "how do I cancel",
                    "I want to cancel my order",
                    "cancel my subscription",
                    "please close my account",
                ),
                (
                    "You can do that in your account under Settings. Shall I guide you?",
                    "Of course. Please open Settings and choose Cancel; a mail confirms it.",
                ),
            ),
        ),
    ),
)
