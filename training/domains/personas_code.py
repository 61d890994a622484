"""Personas who know a language: Java and Python."""

from training.domains.persona import Persona

JAVA = Persona(
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
)

PYTHON = Persona(
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
)
