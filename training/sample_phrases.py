"""The words of the synthetic comments: sentences by kind, and what fills their gaps.

Everything here was made up for this purpose; nobody wrote or said it, and every link leads to example.org,
which is reserved for examples. `{name}` in a sentence is a gap, filled from `FILLERS[name]`, or from the
subreddit's own words for `{topic}` and `{group}`.
"""

from msgspec import Struct


class Subreddit(Struct, frozen=True):
    """Where comments are written, and what they are about there."""

    name: str
    weight: int
    """How often comments are written there, in relation to the other subreddits."""
    topics: tuple[str, ...]
    groups: tuple[str, ...]
    """Whom or what the studies look at."""


class Kind(Struct, frozen=True):
    """A way of writing comments."""

    name: str
    weight: int
    """How often comments are of this kind, in relation to the other kinds."""
    removal_chance: float
    """The share that the moderators remove; what a reader cannot tell from the text, no model can learn."""
    longest: int
    """Sentences in a comment, at most."""
    sentences: tuple[str, ...]


SUBREDDITS = (
    Subreddit(
        "science",
        10,
        ("sleep", "air pollution", "gut bacteria", "intermittent fasting", "remote work", "coffee",
         "red meat", "screen time", "cannabis", "microplastics", "exercise", "artificial sweeteners",
         "noise", "loneliness"),
        ("adults over 60", "students", "shift workers", "twins", "children", "mice", "volunteers"),
    ),
    Subreddit(
        "askscience",
        4,
        ("gravity", "magnetism", "superconductors", "evaporation", "colour vision", "static electricity",
         "echoes", "lightning", "rusting", "freezing water", "tides", "glass"),
        ("birds", "insects", "metals", "fish", "plants", "crystals"),
    ),
    Subreddit(
        "psychology",
        4,
        ("procrastination", "attachment", "mindfulness", "perfectionism", "therapy", "social media",
         "burnout", "self-control", "memory", "anxiety", "gratitude journals", "personality"),
        ("teenagers", "students", "couples", "new parents", "managers", "patients"),
    ),
    Subreddit(
        "medicine",
        3,
        ("vitamin D", "blood pressure", "statins", "migraine", "vaccination", "antibiotics", "insulin",
         "asthma", "back pain", "ibuprofen", "physiotherapy", "the placebo effect"),
        ("patients", "nurses", "pregnant women", "adults over 60", "smokers", "runners"),
    ),
    Subreddit(
        "environment",
        3,
        ("solar power", "deforestation", "coral bleaching", "heat pumps", "pesticides", "wind farms",
         "recycling", "river pollution", "electric cars", "permafrost", "carbon pricing"),
        ("farmers", "cities", "bees", "coastal towns", "households", "salmon"),
    ),
    Subreddit(
        "space",
        2,
        ("dark matter", "Mars", "exoplanets", "black holes", "reusable rockets", "the Moon", "asteroids",
         "solar storms", "the big telescope", "cosmic rays"),
        ("astronauts", "satellites", "probes", "galaxies", "comets"),
    ),
)  # fmt: skip

KINDS = (
    Kind(
        "methods",
        18,
        0.07,
        4,
        (
            "The sample was only {number} {group}, so I would be careful about generalising.",
            "They {controlled} for {confounder}, which is {judgement}.",
            "The effect size is about {decimal}, which is {size} for research on {topic}.",
            "This is observational, so it cannot tell us that {topic} {causes} {outcome}.",
            "The confidence interval in table {digit} nearly includes zero, so {topic} may not matter.",
            "I would like to see this replicated with {number} {group} before anyone changes a guideline.",
            "The supplement shows that {small} % of them dropped out, partly because of {topic}.",
            "A questionnaire about {topic} is a weak measure; {alternative} would be better.",
            "The authors themselves list {confounder} as limitation number {digit}.",
            "It was preregistered with {number} {group}, and they kept to the plan, which is {judgement}.",
            "A relative risk of {decimal} sounds large, but the absolute difference is {small} per 10,000.",
            "The headline overstates this: the paper only finds a correlation between {topic} and {outcome}.",
        ),
    ),
    Kind(
        "explanation",
        17,
        0.08,
        4,
        (
            "In short, {topic} {causes} {outcome} because {mechanism}.",
            "The mechanism that people propose for {topic} is that {mechanism}.",
            "I {profession}, and this fits what we know about {topic} and {outcome}.",
            "It depends on the dose: below {number} units nothing measurable comes of {topic}.",
            "There are two parts to {topic}: {mechanism}, and it is not the same for {group}.",
            "Think of it as {image}: the average hides what happens to {outcome}.",
            "Earlier work in {group} found the same for {outcome}, though the effect was {size}.",
            "We know this from {alternative}, which became cheap {small} years ago.",
            "For {group} the picture is different, since {mechanism}.",
            "Nobody has a full theory of {topic} yet, but data from {alternative} rule out the simplest one.",
        ),
    ),
    Kind(
        "question",
        15,
        0.13,
        2,
        (
            "Does this hold for {group} and {outcome} as well?",
            "Could {confounder} explain the result instead of {topic}?",
            "Has anyone looked at {topic} over more than {small} years?",
            "How did they measure {outcome} in {group}?",
            "What would happen to {outcome} if {topic} were removed completely?",
            "Is there a full text about {topic} and {outcome} that is not behind a paywall?",
            "Why would {topic} matter more for {group} than for the rest of us, is it {confounder}?",
            "Honest question: is {decimal} a large effect for {topic}?",
            "Would {alternative} show the same thing in {group}?",
            "I read that {mechanism}; what does that do to {outcome} in {group}?",
        ),
    ),
    Kind(
        "citation",
        10,
        0.06,
        3,
        (
            "A meta-analysis of {number} trials comes to a similar conclusion: {link}",
            "There is an open copy of the paper at {link}",
            "See also [{citation}]({link}), which used {alternative}.",
            "[{citation}]({link}) found the opposite in {number} {group}.",
            "Source: {link} (table {digit}, page {number}).",
            "The data are public, so you can check it yourself: {link}",
            "For background on {topic} I recommend the review in [{citation}]({link}).",
            "The press release is here: {link}, and the study itself is linked at the bottom.",
        ),
    ),
    Kind(
        "quoted reply",
        9,
        0.14,
        2,
        (
            "&gt; {topic} {causes} {outcome}\n\nThe paper does not say that, only that the two go together.",
            "&gt; only {number} {group}\n\nEnough for an effect of this size, see the power analysis.",
            "&gt; they {controlled} for {confounder}\n\nThey did, in model {digit} of the appendix.",
            "&gt; I thought the role of {topic} was settled\n\nMostly, but {outcome} is still debated.",
            "&gt; {mechanism}\n\nDo you have a source for this? I only know of work with {alternative}.",
            "&gt; is {decimal} a large effect?\n\nFor {topic} yes, for most other things no.",
        ),
    ),
    Kind(
        "reaction",
        8,
        0.62,
        1,
        (
            "{interjection}, {topic} again{end}",
            "{interjection}{end} {group} in shambles{end}",
            "so {topic} {causes} {outcome}, got it{end}",
            "{interjection}, no way{end} {topic}?",
            "this is {verdict}{end} {topic} and {outcome}{end}",
            "{topic}: {verdict}{end} {group}: {verdict}{end}",
            "big if true{end} {topic} beats {group}{end}",
            "{interjection} {interjection}, who knew about {topic}{end}",
            "I knew it{end} {topic} and {group} again{end}",
            "can confirm, {gain} from {topic} is real{end}",
            "{topic} gang where you at{end} {interjection}",
            "well that explains my {outcome}{end} {verdict}",
        ),
    ),
    Kind(
        "joke",
        7,
        0.74,
        2,
        (
            "My {pet} has been saying this about {topic} for years.",
            "Instructions unclear, now I am {silly} with {group}.",
            "So you are telling me I could have had {gain} this whole time instead of {silly}?",
            "Plot twist: the {group} were paid in {food}.",
            "Breaking news: {number} {group} do not like {silly}.",
            "I too would get {gain} if someone handed me {food}.",
            "My ex was full of {topic} and {food}, and look how that ended.",
            "They should repeat it with my {pet}, {number} {group} and {food}.",
            "Sounds like something my {pet} would say about {topic}.",
            "In other news, water is wet and {group} like {food}.",
            "Scientists hate this one {pet}, and it hates {topic}.",
            "Joke is on them, I have been {silly} since {digit} o'clock.",
        ),
    ),
    Kind(
        "anecdote",
        7,
        0.7,
        4,
        (
            "My doctor told me to try {remedy} and my {ailment} was gone in {number} days.",
            "I have had {ailment} since I was {small}, and {remedy} is the only thing that works.",
            "My {relative} never cared about {topic}, ate {food} every day and lived to be 97.",
            "I read about {topic} last year, tried {remedy} and lost {digit} pounds, so it does work.",
            "When my {relative} had {ailment} the doctors said it was stress, but {remedy} helped.",
            "Personally I noticed {gain} with {remedy} right away, no study needed.",
            "I was diagnosed with {ailment} and nobody ever asked me about {topic}.",
            "My {relative} swears by {remedy} for {ailment}.",
            "I take {remedy} every morning and my {ailment} got better.",
            "Same here, my therapist says my {ailment} comes from {topic}.",
        ),
    ),
    Kind(
        "sarcasm",
        7,
        0.6,
        2,
        (
            "Oh great, another study on {topic}, just what {group} needed.",
            "Wow, {topic} {causes} {outcome}, who could have guessed.",
            "Sure, because {number} {group} clearly stand for everybody.",
            "Next they will find out that {food} is bad for {group}. /s",
            "Thanks, science, without {topic} I would be {silly} now. /s",
            "Yes, I am sure {confounder} had nothing to do with {outcome}. /s",
            "Groundbreaking. Somebody got paid for finding that {group} like {food}.",
            "What a surprise, {topic} and {outcome} again. I am shocked.",
        ),
    ),
    Kind(
        "insult",
        5,
        0.86,
        2,
        (
            "You are such a {insult}, did you even read about {topic}?",
            "Only a {insult} would believe that {topic} {causes} {outcome}.",
            "This sub is full of {adjective} people like you, {insult}, go back to {food}.",
            "What {adjective} nonsense about {topic}, and you are a {insult}.",
            "Shut up about {topic}, {insult}.",
            "Learn to read, {insult}, it is about {group}.",
            "Typical {adjective} take from a {insult} with no clue of {outcome}.",
            "People who fall for this are {adjective}, and so are the {group}.",
        ),
    ),
    Kind(
        "distrust",
        5,
        0.8,
        3,
        (
            "Follow the money: who paid {number} {group} for this study on {topic}?",
            "They do not want you to know that {remedy} cures {ailment}.",
            "Big {industry} has been hiding the truth about {topic} for {small} years.",
            "Wake up, the media only tell you what big {industry} wants about {topic}.",
            "Anything about {topic} and {outcome} is propaganda these days.",
            "The so-called experts were wrong about {remedy} and {outcome}, so why trust them now?",
            "Do your own research on {topic}, it is all a scam by big {industry}.",
            "Funny how {group} are never told about {remedy}.",
        ),
    ),
    Kind(
        "off topic",
        5,
        0.66,
        3,
        (
            "This is why I moved to the countryside and started {silly} with my {pet}.",
            "The government should pay us for {food} and {outcome} instead of raising taxes.",
            "Politicians will ignore it until {topic} can be taxed.",
            "Meanwhile my boss thinks {food} on Fridays makes up for {topic}.",
            "Forget {topic}, it is capitalism that {causes} {outcome}.",
            "Rent costs {number} % more and we are talking about {topic}.",
            "My generation will never own a house, and this is about {topic} and {group}?",
            "Anyone else here because of the {pet} eating {food} on the front page?",
        ),
    ),
    Kind(
        "promotion",
        3,
        0.84,
        2,
        (
            "I wrote about {topic} on my blog: {link}",
            "Try our app for {outcome}, first {number} days free: {link}",
            "Check out my video about {remedy} and subscribe: {link}",
            "We sell {remedy} for {ailment}, code SAMPLE{number}, {link}",
            "Join our group about {topic}, {number} members already, message me for details.",
        ),
    ),
    Kind(
        "about the thread",
        4,
        0.78,
        1,
        (
            "Why is every comment about {topic} and {outcome} deleted?",
            "What happened in here? {number} comments and all of them removed{end}",
            "{interjection}, the mods are having a day with {topic}, {number} gone.",
            "Comment graveyard. All I wanted was to read about {group} and {outcome}{end}",
            "Here before this gets locked, {group} against {topic}{end}",
            "Mods, please, {number} comments about {topic} and I can read two.",
        ),
    ),
)

ASIDES = (
    "Edit: spelling.",
    "Thanks for posting.",
    "Just my two cents.",
    "I may be wrong about this.",
    "Worth a read either way.",
    "That said, I only read the abstract.",
    "Interesting thread, by the way.",
    "Not sure what to make of it.",
    "Anyway, have a nice day.",
    "Someone correct me if I misread it.",
    "Edit: thanks for the answers about {topic}.",
    "Curious what {group} would say to that.",
)
"""Sentences that kept and removed comments end with alike."""

EMOJI = ("😂", "🙄", "🤔", "💀", "👍", "🔥", "🤡", "😅", "🧬", "🚀")

FILLERS: dict[str, tuple[str, ...]] = {
    "adjective": ("ridiculous", "clueless", "silly", "lazy", "pathetic", "brainless", "embarrassing"),
    "ailment": ("migraine", "eczema", "insomnia", "back pain", "heartburn", "brain fog", "hay fever",
                "anxiety"),
    "alternative": ("brain imaging", "blood samples", "a randomised trial", "wearable sensors",
                    "register data", "a longer follow-up", "spectroscopy", "a double-blind design"),
    "causes": ("can cause", "may lower", "might raise", "could affect", "can predict", "may worsen",
               "will change"),
    "citation": ("Sample et al. 2019", "Example and Specimen 2021", "Placeholder 2020",
                 "the follow-up study", "Specimen et al. 2017", "this review", "the original paper"),
    "confounder": ("income", "age", "smoking", "education", "body weight", "diet", "temperature",
                   "selection bias", "publication bias", "the season"),
    "controlled": ("controlled", "did not control", "adjusted", "only partly adjusted"),
    "end": ("", "", ".", "!", "!!", "...", " lol", " lmao", " haha", " tbh", "?!"),
    "food": ("pizza", "cheese", "ice cream", "bacon", "free coffee", "doughnuts", "leftover cake", "tacos"),
    "gain": ("better sleep", "weight gain", "a longer life", "faster recovery", "a good mood",
             "sharper memory"),
    "image": ("a queue at a bakery", "a leaky bucket", "a thermostat", "a crowded road", "a bank account"),
    "industry": ("pharma", "sugar", "oil", "tech", "farming", "insurance"),
    "insult": ("clown", "muppet", "fool", "dimwit", "genius", "potato", "troll", "know-it-all"),
    "interjection": ("lol", "wow", "lmao", "yikes", "oh no", "bruh", "welp", "huh", "nice", "ok", "dang",
                     "oof"),
    "judgement": ("reassuring", "a real weakness", "about what one would expect",
                  "better than most studies", "the main strength of the design",
                  "hard to judge from the abstract"),
    "mechanism": ("the signal adapts after a while", "inflammation goes down",
                  "heat is lost at the surface", "stress hormones stay high",
                  "the energy has to go somewhere", "attention is limited", "the feedback is delayed",
                  "the density changes with temperature", "habits form slowly"),
    "outcome": ("sleep quality", "mood", "life expectancy", "body weight", "recovery", "memory", "costs",
                "friction", "growth", "ageing", "accidents", "concentration"),
    "pet": ("cat", "dog", "goldfish", "hamster", "parrot", "tortoise"),
    "profession": ("work in this field", "teach this subject", "did my thesis on this",
                   "review such papers", "run a lab that measures this"),
    "relative": ("grandmother", "uncle", "mom", "brother", "neighbour", "wife", "husband", "cousin"),
    "remedy": ("magnesium", "cold showers", "celery juice", "turmeric", "fish oil", "breathing exercises",
               "apple vinegar", "a carnivore diet", "herbal tea"),
    "silly": ("juggling spoons", "dating a cactus", "living in a fridge", "talking to pigeons",
              "wearing a cape", "eating cereal with a fork", "barking at the moon", "napping in meetings"),
    "size": ("rather small", "surprisingly large", "about average", "hard to believe", "modest",
             "well above noise"),
    "verdict": ("wild", "huge", "fake", "terrifying", "boring", "garbage", "amazing", "old news", "so true"),
    "link": ("https://example.org/paper/{number}{digit}",
             "https://www.example.org/study?id={number}{digit}", "https://example.org/{digit}/{number}.pdf",
             "https://blog.example.org/post-{number}"),
    "number": tuple(str(number) for number in range(3, 400)),
    "small": tuple(str(number) for number in range(2, 60)),
    "digit": tuple("123456789"),
    "decimal": tuple(f"0.{number:02}" for number in range(8, 95)),
}  # fmt: skip
