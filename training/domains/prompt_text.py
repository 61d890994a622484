"""Terms of prompting: tokens, system message, roles, injection, quantisation."""

from training.domains.concept import Concept

TERMS: tuple[Concept, ...] = (
    Concept(
        names=(
            "a token",
            "tokens",
            "the tokens",
            "a token in a language model",
            "tokenization",
            "a tokenizer",
        ),
        define=(
            "A token is a piece of text: a word, a part of a word or a single [sign|character].",
            "Tokens are the pieces in which a language model reads and writes.",
            "The model does not see letters but tokens, which are short pieces of text with a number each.",
            "A tokenizer cuts text into tokens, pieces that are often a whole word and sometimes less.",
        ),
        effect=(
            "Common words are one token, rare words are several pieces.",
            "Length limits and costs are counted in tokens, not in words.",
            "My vocabulary has about three thousand pieces; large models have a hundred thousand or more.",
            "The model picks one token after another until the answer is finished.",
        ),
        advice=(
            "As a rule of thumb, three English words make four tokens in a large model.",
            "That is why made-up names are hard for small models: they fall into many pieces.",
            "[A shorter prompt saves tokens.|Short prompts save tokens.]",
        ),
        special=(
            (
                (
                    "how many tokens is a word",
                    "how long is a token",
                    "is a token a word",
                    "how many words is a token",
                    "are tokens words",
                ),
                (
                    "Not quite: a common word is one token, a rare word is several pieces.",
                    "A token is often a word, but long or rare words are cut into several pieces.",
                ),
            ),
        ),
    ),
    Concept(
        names=(
            "a system message",
            "the system message",
            "a system prompt",
            "the system prompt",
            "system messages",
        ),
        define=(
            "A system message [tells|instructs] the model who it should be and how it should behave.",
            "The system message stands before the conversation and sets the role, the tone and the rules.",
            "It is the instruction that the author of an application gives, before the user says anything.",
            "With a system message you give the model a role, for example a Java expert.",
        ),
        effect=(
            "All the answers that follow should [keep to it|obey its rules].",
            "It has more weight than what the user says, but it is no safe lock.",
            "The user usually does not see it.",
        ),
        advice=(
            "Keep it short and [clear|concrete]: role, task, limits, tone.",
            '[Try|Write] "You are a Java expert. You only talk about Java." and then ask me about cooking.',
            "Say also what the model should do when a question does not fit.",
        ),
    ),
    Concept(
        names=(
            "roles",
            "the roles",
            "a role",
            "the roles in a conversation",
            "message roles",
            "the role of a message",
        ),
        define=(
            "Each message has a role: system, user, assistant or observation.",
            "Roles say who is speaking: the system gives rules, the user asks, the assistant answers.",
            "A conversation is a list of messages, and the role says whose message it is.",
            "There are four roles: system for instructions, user for questions, assistant for answers and observation for tool results.",
        ),
        effect=(
            "The role decides how much weight a text has: the system message sets the rules.",
            "The model sees the roles as special tokens that a user cannot type.",
            "Because of the roles the model knows when its turn to speak has come.",
        ),
        advice=(
            "Put rules into the system message and questions into the user message.",
            "You can also write assistant messages yourself, as examples of a good answer.",
        ),
    ),
    Concept(
        names=(
            "prompt injection",
            "a prompt injection",
            "prompt injections",
            "an injection attack",
        ),
        define=(
            "Prompt injection is the attempt to [override|overrule] a model's instructions with text in the [input|prompt].",
            "In a prompt injection somebody [hides|smuggles] new instructions in the text that the model [reads|works on].",
            'Prompt injection means tricking a model into breaking its rules, for example with "ignore the above".',
            "It is an attack in which the data that a model reads contains instructions of its own.",
        ),
        effect=(
            "The model cannot [clearly|reliably] tell instructions from data, and that is the weak spot.",
            "It can make an assistant leave its role, reveal secrets or call tools it should not call.",
            "The text may come from the user, from a web page or from a document.",
        ),
        advice=(
            "Separate instructions and data clearly, limit what tools may do, and test with hostile inputs.",
            "Never put a secret into a prompt, and treat the model's output as untrusted.",
            "Try it on me: give me a role in the system message, then tell me to ignore it.",
        ),
        special=(
            (
                (
                    "how do I defend against prompt injection",
                    "how can I prevent prompt injection",
                    "how do I protect my prompt",
                    "can prompt injection be prevented",
                    "how do I stop injection attacks",
                ),
                (
                    "Mark clearly what is data, give the model few rights, and check its output before you act on it. There is no perfect defence.",
                    "State in the system message that rules in user text do not count, keep secrets out of the prompt and test with attacks. Full safety does not exist.",
                ),
            ),
        ),
    ),
    Concept(
        names=(
            "quantisation",
            "quantization",
            "model quantisation",
            "quantizing a model",
            "4-bit quantization",
            "int4 quantisation",
        ),
        define=(
            "Quantisation stores the weights of a model with fewer bits, for example 4 instead of 16.",
            "Quantisation rounds a model's weights to a coarser grid of numbers, so that each needs fewer bits.",
            "With quantisation a model's numbers are kept in 8 or 4 bits instead of 16.",
        ),
        effect=(
            "The model needs much less memory and loses a little [accuracy|precision].",
            "With 4 bits a model of six billion parameters fits into about four gigabytes.",
            "It saves memory and often time; the answers get slightly worse.",
            "The fewer bits, the smaller the model and the larger the rounding errors.",
        ),
        advice=(
            "Use it when the model does not fit into your memory.",
            "Compare the answers before and after on your own prompts.",
            "8 bits are almost free of loss, 4 bits are a good bargain.",
        ),
    ),
)
