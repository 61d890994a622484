"""More concepts around language models: how they choose, learn, and go wrong."""

from training.domains.concept import Concept

MORE_CONCEPTS: tuple[Concept, ...] = (
    Concept(
        names=("logits", "a logit", "the logits", "softmax", "the softmax"),
        define=(
            "Logits are the raw scores that a model gives to every token before they become probabilities.",
            "For each possible next token the model computes a score, the logit; softmax turns the scores into probabilities.",
            "A logit is a score: the higher it is, the more probable the token.",
        ),
        effect=(
            "Dividing the logits by the temperature makes the probabilities sharper or flatter.",
            "Softmax makes all the probabilities positive and lets them add up to one.",
            "Only the differences between them matter, not their size.",
        ),
        advice=(
            "Temperature, top_k and top_p all work on them.",
            "Look at the probabilities of a token to see how sure the model was.",
        ),
    ),
    Concept(
        names=(
            "sampling",
            "token sampling",
            "decoding",
            "how a model chooses a word",
            "how text is generated",
        ),
        define=(
            "Sampling means drawing the next token at random, by the model's probabilities.",
            "A language model writes one token at a time: it computes probabilities and then draws one token.",
            "At each step the model gives every token a probability, and sampling draws one of them.",
        ),
        effect=(
            "That is why the same prompt can give different answers.",
            "Temperature, top_k and top_p decide which tokens have a chance in the draw.",
            "The drawn token joins the text, and the next step begins.",
        ),
        advice=(
            "Ask for several answers to the same prompt and you will see the variety.",
            "With a fixed seed the draws can be repeated.",
        ),
    ),
    Concept(
        names=("greedy decoding", "greedy search", "greedy", "greedy sampling"),
        define=(
            "Greedy decoding always takes the most likely token.",
            "With greedy decoding there is no chance: at each step the most likely token wins.",
        ),
        effect=(
            "The answer is the same every time, and sometimes a little dull.",
            "It is repeatable but it can get stuck in loops.",
        ),
        advice=(
            "You get it with temperature 0 or with top_k at 1.",
            "It suits extraction and tests; for stories it is too dry.",
        ),
    ),
    Concept(
        names=(
            "the context window",
            "a context window",
            "context length",
            "the context",
            "the context size",
        ),
        define=(
            "The context window is the amount of text, in tokens, that a model can look at at once.",
            "A model sees only its context window: the prompt, the conversation so far and its own answer.",
        ),
        effect=(
            "What does not fit is forgotten.",
            "Mine holds 1024 tokens, which is a short conversation; large models have many thousands.",
        ),
        advice=(
            "In a long conversation repeat what matters.",
            "Start a new conversation when the old one gets too long.",
        ),
    ),
    Concept(
        names=("hallucination", "a hallucination", "hallucinations", "hallucinating"),
        define=(
            "A hallucination is a statement that sounds right but is invented.",
            "Hallucination means that a model makes up things which are not true, in a confident tone.",
        ),
        effect=(
            "It happens because a model predicts likely text, and likely is not the same as true.",
            "Small models like me do it even more often.",
        ),
        advice=(
            "Check facts, give the model the text it needs, and allow it to say that it does not know.",
            "A low temperature helps a little, a good source helps more.",
        ),
    ),
    Concept(
        names=(
            "few-shot prompting",
            "few-shot",
            "a few-shot prompt",
            "in-context learning",
            "examples in a prompt",
        ),
        define=(
            "Few-shot prompting means that the prompt contains a few examples of the task with their answers.",
            "In a few-shot prompt you show the model some solved examples before the real question.",
        ),
        effect=(
            "The model picks up the pattern from the examples and continues it.",
            "No training is needed; the examples only live in the prompt.",
        ),
        advice=(
            "Two to five good examples are often enough.",
            "Choose examples that cover the hard cases and keep their form the same.",
        ),
    ),
    Concept(
        names=(
            "a prompt",
            "the prompt",
            "prompts",
            "prompt engineering",
            "a good prompt",
        ),
        define=(
            "A prompt is the text that you give to a language model.",
            "Prompt engineering is the craft of writing instructions that a model follows well.",
            "The prompt is everything the model reads before it answers: system message, conversation and question.",
        ),
        effect=(
            "Small changes in the wording can change the answer a lot.",
            "A clear task, a role and an example usually give better answers.",
        ),
        advice=(
            "Say what you want, for whom, and in which form.",
            "Change one thing at a time and test each version several times.",
            "Keep a few test questions and run them after every change.",
        ),
        special=(
            (
                (
                    "how do I write a good prompt",
                    "how can I improve my prompt",
                    "give me tips for prompts",
                    "what makes a good prompt",
                    "how do I write better prompts",
                    "any advice on prompts",
                ),
                (
                    "Name the task, the reader and the form of the answer. Then add an example and test it with several seeds.",
                    "Be concrete: say what to do, what to leave out and how long the answer should be.",
                    "Start simple, look at the answers, and change one thing at a time.",
                ),
            ),
        ),
    ),
    Concept(
        names=(
            "a parameter of a model",
            "model parameters",
            "parameters",
            "the weights of a model",
            "weights",
        ),
        define=(
            "Parameters are the numbers inside a model that were learned in training.",
            "The weights of a model are its learned numbers; they hold all it knows.",
        ),
        effect=(
            "More parameters can hold more knowledge, but they need more memory.",
            "I have a few million, large models have billions.",
        ),
        advice=(
            "Do not mix them up with settings such as temperature, which you choose yourself.",
            "To save memory they can be stored with fewer bits.",
        ),
    ),
    Concept(
        names=(
            "training",
            "how a language model learns",
            "fine-tuning",
            "how models are trained",
            "loss",
        ),
        define=(
            "In training a model reads a lot of text and learns to predict the next token.",
            "Training changes the weights step by step so that the model predicts the next token better.",
        ),
        effect=(
            "The loss measures how wrong the predictions are; it falls as the model learns.",
            "After training the weights stay fixed; our conversation does not change me.",
        ),
        advice=(
            "Fine-tuning continues the training on texts of your own.",
            "Often a better prompt is enough and no training is needed.",
        ),
    ),
    Concept(
        names=(
            "a tool call",
            "tools",
            "tool calling",
            "function calling",
            "tool use",
            "an observation",
        ),
        define=(
            "In a tool call the model does not answer itself but names a tool and its arguments.",
            "Tool calling lets a model use functions: it writes the call, and the application runs it.",
        ),
        effect=(
            "The result comes back as an observation, and the model answers with it.",
            "So a model can use data that it never learned.",
        ),
        advice=(
            "Describe each tool and its arguments clearly.",
            "Check the arguments before you run a tool.",
        ),
    ),
    Concept(
        names=(
            "a language model",
            "language models",
            "an LLM",
            "an llm",
            "a large language model",
            "LLMs",
        ),
        define=(
            "A language model is a program that predicts the next token of a text.",
            "A language model has learned from text which token is likely to come next, and so it can write.",
        ),
        effect=(
            "By predicting one token after another it writes whole answers.",
            "It has no opinions and no memory beyond the conversation.",
        ),
        advice=(
            "Treat its answers as drafts and check what matters.",
            "The prompt and the sampling settings decide much of what you get.",
        ),
    ),
    Concept(
        names=("ChatGLM", "ChatGLM3", "chatglm3", "the ChatGLM family", "GLM"),
        define=(
            "ChatGLM3 is a family of open language models for Chinese and English.",
            "ChatGLM is an open bilingual model; I have the same architecture, only far smaller.",
        ),
        effect=(
            "The published model has about six billion parameters, I have a few million.",
            "It knows four roles: system, user, assistant and observation.",
        ),
        advice=(
            "If you have the large model on your disk, you can load it here and compare.",
            "What you learn with me about prompts works there too.",
        ),
    ),
    Concept(
        names=("bias", "model bias", "bias in language models", "fairness"),
        define=(
            "Bias means that a model treats people or topics unfairly, because its training text did.",
            "A biased model repeats the one-sided views of the data it learned from.",
        ),
        effect=(
            "It shows when you change a name or a job in a prompt and the tone changes too.",
            "It is often hard to see in a single answer.",
        ),
        advice=(
            "Test a prompt with different names and compare the answers.",
            "Look at many samples, not at one.",
        ),
    ),
    Concept(
        names=(
            "a template",
            "prompt templates",
            "a prompt template",
            "templates",
            "variables in a prompt",
        ),
        define=(
            "A prompt template is a prompt with gaps that are filled in later, such as a name or a topic.",
            "A template has placeholders; you fill them in and get a finished prompt.",
        ),
        effect=(
            "One wording can so be used for many cases.",
            "That makes tests easy: fill in ten values and compare ten answers.",
        ),
        advice=(
            "Give the gaps clear names.",
            "Check what happens when a value is empty or very long.",
        ),
    ),
    Concept(
        names=("streaming", "a streamed answer", "token streaming"),
        define=(
            "Streaming means that you see the answer while it is being written, token by token.",
            "With streaming each token is shown as soon as it is drawn.",
        ),
        effect=(
            "The whole answer takes as long as before, but you do not have to wait for the first piece.",
            "You can stop early if the answer goes wrong.",
        ),
        advice=("Use it in chats; for tests the finished answer is enough.",),
    ),
)
