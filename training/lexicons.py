"""Words that belong together, by hand: what a few thousand comments cannot teach of rare words.

The recipe counts the words of each list in a comment and learns one weight for the list, which every word of
it then carries, even one that no comment has. A list says nothing about removal by itself.
"""

LEXICONS: dict[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "myself": "i me my mine myself",
        "us": "we us our ours ourselves",
        "physics": """energy mass light gravity quantum particle particles electron electrons photon
            photons atoms molecules temperature heat pressure hydrogen oxygen planet planets orbit star
            stars galaxy universe solar nuclear magnetic field wavelength velocity""",
        "work_and_school": """job jobs work working worked boss career school college university student
            students teacher professor degree phd class classes""",
        "slang": "wanna kinda sorta dunno cuz r wtf wth btw imo imho tbh fyi idk iirc yeah yep yup nope",
        "politics": """trump obama republican republicans democrat democrats liberal liberals
            conservative conservatives government politics political politicians congress vote gop
            corporations capitalism taxes tax gun guns""",
        "drugs": """weed pot marijuana cannabis smoke smoking stoned high alcohol drunk drinking beer
            cigarettes vape mushrooms lsd mdma meth tobacco nicotine""",
        "this_site": """reddit sub subreddit mods mod moderators deleted removed comment comments thread
            post posts op title headline clickbait upvote upvotes downvoted downvotes karma repost top
            sticky censorship banned automod""",
        "internet": "facebook google youtube twitter tumblr 4chan wikipedia netflix imgur internet video",
        "access": "pdf doi ncbi pubmed arxiv paywall link links full text url nature plos edit",
        "questions": "what why how does anyone someone eli5 wonder wondering curious question tl;dr tldr",
        "opinions": """think thought believe guess suppose opinion imagine feel feels felt understand
            realize remember""",
        "modals": "should must need needs ought would could can",
    }.items()
}
"""Each list's words, as tokens: in small letters."""
