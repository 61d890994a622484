"""The sampling settings: temperature, top_p, top_k, max_length, seed."""

from training.domains.concept import Concept

SETTINGS: tuple[Concept, ...] = (
    Concept(
        names=(
            "temperature",
            "the temperature",
            "sampling temperature",
            "the temperature setting",
        ),
        define=(
            "Temperature [divides|scales] the logits before they [become|are turned into] probabilities.",
            "The temperature is a number that the [model's raw scores|logits] are divided by before [one token is drawn|a token is picked].",
            "Temperature controls how [random|adventurous|daring] the choice of the next token is.",
            "[Think of temperature as|Temperature is] a dial [between careful and daring|from predictable to playful].",
            "With temperature you decide how [strictly|closely] the model follows its own [favourite|most likely] token.",
            "Temperature [reshapes|flattens or sharpens] the probabilities of the next token.",
            "Before each token is drawn, its score is divided by the temperature.",
        ),
        effect=(
            "A low value [sharpens|narrows] the distribution, so the answers [become steady|hardly change|stay predictable].",
            "A high value flattens the distribution, so [rare|unlikely] tokens [get a chance|turn up more often].",
            "Near zero the [most likely|best] token [nearly always|practically always] wins; above one [surprises|odd words] become common.",
            "Low means [focused and repeatable|careful], high means [varied and sometimes wild|playful, and sometimes wrong].",
            "At 1 the probabilities stay as the model learned them.",
            "Below 1 the likely tokens gain, above 1 the unlikely ones do.",
        ),
        advice=(
            "For facts [try|use] 0.2, for [stories|ideas] something [around|near] 1.",
            "[Try|Send] the same prompt at 0.1 and at 1.5 and [compare|look at] the [answers|results].",
            "A value [around|near] 0.7 or 0.8 is a [good|sensible|common] start.",
            "[Change|Move] it in small steps and [keep the seed fixed|fix the seed], then you see [its effect alone|what it does].",
            "If the answers ramble, lower it a little.",
        ),
        special=(
            (
                (
                    "what happens at temperature 0",
                    "what does temperature 0 do",
                    "temperature zero",
                    "[and|so] what if the temperature is 0",
                    "what if I set the temperature to zero",
                    "why use temperature 0",
                ),
                (
                    "At temperature 0 the model always takes the most likely token, [so|and] the answer is the same every time.",
                    "Temperature 0 means greedy decoding: no [dice|draw], just the most likely token at each step.",
                    "With 0 nothing is random any more. [The same prompt gives the same answer|You get the same answer for the same prompt].",
                ),
            ),
            (
                (
                    "what does a high temperature do",
                    "what happens when the temperature is high",
                    "what if I raise the temperature",
                    "what happens at temperature 2",
                    "why is the answer strange at a high temperature",
                    "what does temperature 1.8 do",
                    "is a high temperature good",
                ),
                (
                    "A high temperature flattens the probabilities, so unlikely tokens are drawn more often and the text gets [lively|surprising] or even [muddled|strange].",
                    "With a high temperature the answers vary a lot. [Great for ideas, risky for facts.|That helps with ideas, but facts suffer.]",
                    "The higher the temperature, the more even the probabilities. Near 2 [many sentences fall apart|I start to mix things up].",
                ),
            ),
            (
                (
                    "what does a low temperature do",
                    "what happens when the temperature is low",
                    "what if I lower the temperature",
                    "why choose a low temperature",
                    "what does temperature 0.1 do",
                    "is a low temperature better",
                ),
                (
                    "A low temperature makes the likely tokens even more likely, so the answers become [steady|predictable] and alike.",
                    "With a low temperature the model stays close to its first choice. [Good for facts, a bit dull for stories.|That suits facts and extraction.]",
                    "Low values sharpen the probabilities: less variety, [fewer surprises|more of the same answer].",
                ),
            ),
            (
                (
                    "which temperature should I use",
                    "what is a good temperature",
                    "how should I set the temperature",
                    "recommend a temperature",
                    "which temperature is best for facts",
                    "which temperature is best for creative writing",
                    "what temperature for a story",
                ),
                (
                    "For facts, code and extraction choose a temperature between 0 and 0.3. For [stories|ideas] try 0.8 to 1.2.",
                    "It depends on the task: [low|about 0.2] when there is one right answer, [higher|about 1] when you want variety.",
                    "[Start with|Begin at] 0.7. Go down if the answers [drift|ramble], go up if they [bore you|all look alike].",
                ),
            ),
        ),
    ),
    Concept(
        names=(
            "top_p",
            "top-p",
            "nucleus sampling",
            "top p",
            "the nucleus",
            "the top_p setting",
        ),
        define=(
            "Top_p keeps the smallest set of tokens whose probabilities add up to [at least p|p or more], and draws from [that set|it].",
            "Top_p, also called nucleus sampling, [cuts off|drops] the tail of unlikely tokens.",
            "With top_p the model sorts the tokens by probability and keeps the [first ones|best ones] until their sum reaches p.",
            "Nucleus sampling means: only the tokens in the nucleus, whose probabilities add up to top_p, may be drawn.",
            "Top_p limits the choice to the [likely part|core] of the distribution, the nucleus.",
        ),
        effect=(
            "With 0.9 the last tenth of the probability is left out.",
            "A small value leaves only a few tokens, a value of 1 [leaves|keeps] them all.",
            "The number of tokens kept changes from step to step: few when the model is sure, many when it is not.",
            "When the model is certain, the nucleus may hold a single token.",
            "So nonsense tokens with tiny probabilities never [appear|get a chance].",
        ),
        advice=(
            "A value of 0.8 or 0.9 is a [common|good] choice.",
            "Change either top_p or the temperature first, not both [at once|together].",
            "Set it to 1 to switch it off.",
            "Lower it when the text [drifts away|gets strange], raise it for more variety.",
        ),
        special=(
            (
                (
                    "what does top_p 0.1 do",
                    "what happens when top_p is low",
                    "what if top_p is very small",
                    "what does a small top_p do",
                    "why use a low top_p",
                ),
                (
                    "A low top_p leaves only the few most likely tokens, so the answer is almost the same each time.",
                    "With a small top_p the nucleus shrinks to [one or two tokens|very few tokens], and the text becomes [predictable|nearly greedy].",
                ),
            ),
            (
                (
                    "what does top_p 1 do",
                    "what happens when top_p is 1",
                    "what if top_p is high",
                    "how do I switch off top_p",
                    "what does a top_p of 1 mean",
                ),
                (
                    "With top_p at 1 no token is cut off: the whole distribution stays in play.",
                    "A top_p of 1 switches nucleus sampling off. Only temperature and top_k [still shape|then shape] the choice.",
                ),
            ),
            (
                (
                    "what is the difference between top_p and top_k",
                    "how do top_k and top_p differ",
                    "top_p or top_k",
                    "top_k vs top_p",
                    "compare top_p and top_k",
                    "[is|why is] top_p better than top_k",
                ),
                (
                    "Top_k keeps a fixed number of tokens, top_p keeps as many as are needed to reach the probability p.",
                    "Both cut off unlikely tokens. Top_k counts tokens, top_p adds up probabilities, so top_p adapts to how sure the model is.",
                ),
            ),
            (
                (
                    "what is the difference between temperature and top_p",
                    "temperature or top_p",
                    "top_p vs temperature",
                    "how do temperature and top_p differ",
                    "compare temperature and top_p",
                    "should I change temperature or top_p",
                ),
                (
                    "Temperature reshapes all the probabilities, top_p cuts off the unlikely tail. [Change one at a time.|They work one after the other.]",
                    "The temperature decides how flat the distribution is; top_p decides how much of it may be used.",
                ),
            ),
        ),
    ),
    Concept(
        names=("top_k", "top-k", "top k", "top-k sampling", "the top_k setting"),
        define=(
            "Top_k keeps only the k most likely tokens and draws the next one from [them|those].",
            "With top_k the model looks at the k best tokens and ignores [all others|the rest].",
            "Top_k is a fixed limit on the candidates for the next token: the k most likely stay.",
            "Top_k sets how many candidates, counted from the most likely, take part in the draw.",
        ),
        effect=(
            "With k at 1 the choice is greedy; with k at 50 there is room for variety.",
            "A small k makes the text [safe and plain|predictable], a large k lets in [rarer|odder] words.",
            "The number stays the same at each step, however sure or unsure the model is.",
        ),
        advice=(
            "Values between 20 and 50 are common.",
            "Often top_p alone is enough, because it adapts.",
            "Set it to 0 to switch it off.",
            "Try 1 and 50 with the same prompt to see the difference.",
        ),
        special=(
            (
                (
                    "what does top_k 1 do",
                    "what happens when top_k is 1",
                    "what if I set top_k to one",
                    "why is top_k 1 always the same",
                ),
                (
                    "With top_k at 1 only the most likely token is left, so the answer is always the same.",
                    "A top_k of 1 is greedy decoding: the k most likely tokens are then just the best one.",
                ),
            ),
        ),
    ),
    Concept(
        names=(
            "max_length",
            "max length",
            "the maximum length",
            "the max_length setting",
            "maximum length",
        ),
        define=(
            "Max_length is the largest number of tokens for the prompt and the answer together.",
            "Max_length limits how long the whole text may get: prompt plus answer, counted in tokens.",
            "It is a length limit in tokens that counts the prompt too, not only the answer.",
            "Max_length says where to stop at the latest, counted over prompt and answer.",
        ),
        effect=(
            "When the limit is reached, the answer is cut off, even in the middle of a sentence.",
            "A long prompt therefore leaves less room for the answer.",
            "It does not make the answer longer; the model still stops when it is finished.",
            "A higher limit costs more time and memory only if the answer really gets longer.",
        ),
        advice=(
            "If my answers end in the middle, raise it.",
            "Keep it [well above|larger than] the length of your prompt.",
            "I have room for 1024 tokens in all.",
            "For short answers 256 is plenty.",
        ),
        special=(
            (
                (
                    "why is the answer cut off",
                    "why does the answer stop in the middle",
                    "the answer is not complete",
                    "why does the text end in the middle of a sentence",
                    "my answer is cut off",
                ),
                (
                    "Probably max_length was reached. It counts the prompt and the answer together, so raise it or shorten the prompt.",
                    "That looks like the length limit. [Raise max_length|Set a higher max_length] and try again.",
                ),
            ),
            (
                (
                    "does max_length include the prompt",
                    "does the prompt count for max_length",
                    "is the prompt part of max_length",
                ),
                (
                    "Yes. Max_length counts the prompt and the answer together.",
                    "Yes, the prompt counts too: max_length is the limit for prompt plus answer.",
                ),
            ),
        ),
    ),
    Concept(
        names=("a seed", "the seed", "the random seed", "a random seed", "seed"),
        define=(
            "A seed fixes the random draws, so the same prompt with the same settings gives the same answer.",
            "The seed is the starting number of the random generator that draws the tokens.",
            "With a seed the random choices become repeatable.",
            "A seed is just a number from which all the random draws follow.",
        ),
        effect=(
            "Change the seed and you get another [sample|answer] from the same distribution.",
            "At temperature 0 it makes no difference, because nothing is drawn at random.",
            "Same prompt, same settings and same seed: same answer.",
            "It does not make an answer better, only repeatable.",
        ),
        advice=(
            "[Fix it|Keep it fixed] when you compare two prompts or settings.",
            "Note it down with your test results, then others can repeat them.",
            "Use several seeds before you judge a prompt; one lucky answer proves little.",
            "Leave it empty if you want a fresh answer each time.",
        ),
        special=(
            (
                (
                    "why do I get a different answer each time",
                    "why is the answer different every time",
                    "why do the answers change",
                    "how do I get the same answer twice",
                    "how can I repeat an answer",
                    "how do I make results reproducible",
                    "why are the answers not the same",
                ),
                (
                    "Because the tokens are drawn at random. Fix the seed, or set the temperature to 0, and the answer stays the same.",
                    "Sampling is a game of chance. With a fixed seed the same draws are repeated and so is the answer.",
                    "Set a seed and keep the other settings as they are. Then the same prompt gives the same answer.",
                ),
            ),
        ),
    ),
)
