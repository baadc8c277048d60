# SPDX-License-Identifier: BSL-1.0
"""A grammar that makes English sentences with their German translations: agreement, case, gender, word order.

Every sentence has exactly one right translation. `sentence(rng)` gives one pair; `typos(rng, text, rate)` makes
typing errors. Nothing is taken from any corpus.
"""

# noun: English singular, plural; German singular, gender, plural, singular outside the nominative (weak masculines)
NOUNS_LIVING = [
    ("man", "men", "Mann", "m", "Männer", None), ("woman", "women", "Frau", "f", "Frauen", None),
    ("child", "children", "Kind", "n", "Kinder", None), ("boy", "boys", "Junge", "m", "Jungen", "Jungen"),
    ("girl", "girls", "Mädchen", "n", "Mädchen", None), ("teacher", "teachers", "Lehrer", "m", "Lehrer", None),
    ("doctor", "doctors", "Arzt", "m", "Ärzte", None), ("student", "students", "Student", "m", "Studenten", "Studenten"),
    ("neighbour", "neighbours", "Nachbar", "m", "Nachbarn", "Nachbarn"), ("friend", "friends", "Freund", "m", "Freunde", None),
    ("sister", "sisters", "Schwester", "f", "Schwestern", None), ("brother", "brothers", "Bruder", "m", "Brüder", None),
    ("dog", "dogs", "Hund", "m", "Hunde", None), ("cat", "cats", "Katze", "f", "Katzen", None),
    ("horse", "horses", "Pferd", "n", "Pferde", None), ("bird", "birds", "Vogel", "m", "Vögel", None),
    ("cook", "cooks", "Koch", "m", "Köche", None), ("queen", "queens", "Königin", "f", "Königinnen", None),
    ("farmer", "farmers", "Bauer", "m", "Bauern", "Bauern"), ("pilot", "pilots", "Pilot", "m", "Piloten", "Piloten"),
]
NOUNS_THINGS = [
    ("book", "books", "Buch", "n", "Bücher", None), ("apple", "apples", "Apfel", "m", "Äpfel", None),
    ("letter", "letters", "Brief", "m", "Briefe", None), ("car", "cars", "Auto", "n", "Autos", None),
    ("house", "houses", "Haus", "n", "Häuser", None), ("table", "tables", "Tisch", "m", "Tische", None),
    ("flower", "flowers", "Blume", "f", "Blumen", None), ("picture", "pictures", "Bild", "n", "Bilder", None),
    ("key", "keys", "Schlüssel", "m", "Schlüssel", None), ("bottle", "bottles", "Flasche", "f", "Flaschen", None),
    ("cake", "cakes", "Kuchen", "m", "Kuchen", None), ("coat", "coats", "Mantel", "m", "Mäntel", None),
    ("lamp", "lamps", "Lampe", "f", "Lampen", None), ("knife", "knives", "Messer", "n", "Messer", None),
    ("bread", "breads", "Brot", "n", "Brote", None), ("map", "maps", "Karte", "f", "Karten", None),
    ("chair", "chairs", "Stuhl", "m", "Stühle", None), ("window", "windows", "Fenster", "n", "Fenster", None),
    ("newspaper", "newspapers", "Zeitung", "f", "Zeitungen", None), ("ball", "balls", "Ball", "m", "Bälle", None),
]
ADJECTIVES = [
    ("old", "alt"), ("young", "jung"), ("small", "klein"), ("big", "groß"), ("good", "gut"), ("new", "neu"),
    ("red", "rot"), ("black", "schwarz"), ("white", "weiß"), ("blue", "blau"), ("beautiful", "schön"),
    ("cheap", "billig"), ("heavy", "schwer"), ("happy", "glücklich"), ("tired", "müd"), ("strange", "seltsam"),
    ("clever", "klug"), ("rich", "reich"), ("long", "lang"), ("green", "grün"), ("quiet", "ruhig"), ("strong", "stark"),
]
# verb: English base, third person, past, participle; German infinitive, 1st person, 3rd person, past singular,
# past plural, participle, auxiliary
INTRANSITIVE = [
    ("sleep", "sleeps", "slept", "slept", "schlafen", "schlafe", "schläft", "schlief", "schliefen", "geschlafen", "h"),
    ("work", "works", "worked", "worked", "arbeiten", "arbeite", "arbeitet", "arbeitete", "arbeiteten", "gearbeitet", "h"),
    ("laugh", "laughs", "laughed", "laughed", "lachen", "lache", "lacht", "lachte", "lachten", "gelacht", "h"),
    ("sing", "sings", "sang", "sung", "singen", "singe", "singt", "sang", "sangen", "gesungen", "h"),
    ("come", "comes", "came", "come", "kommen", "komme", "kommt", "kam", "kamen", "gekommen", "s"),
    ("stay", "stays", "stayed", "stayed", "bleiben", "bleibe", "bleibt", "blieb", "blieben", "geblieben", "s"),
    ("run", "runs", "ran", "run", "laufen", "laufe", "läuft", "lief", "liefen", "gelaufen", "s"),
    ("wait", "waits", "waited", "waited", "warten", "warte", "wartet", "wartete", "warteten", "gewartet", "h"),
    ("swim", "swims", "swam", "swum", "schwimmen", "schwimme", "schwimmt", "schwamm", "schwammen", "geschwommen", "s"),
    ("dance", "dances", "danced", "danced", "tanzen", "tanze", "tanzt", "tanzte", "tanzten", "getanzt", "h"),
]
TRANSITIVE = [
    ("see", "sees", "saw", "seen", "sehen", "sehe", "sieht", "sah", "sahen", "gesehen", "h"),
    ("buy", "buys", "bought", "bought", "kaufen", "kaufe", "kauft", "kaufte", "kauften", "gekauft", "h"),
    ("find", "finds", "found", "found", "finden", "finde", "findet", "fand", "fanden", "gefunden", "h"),
    ("look for", "looks for", "looked for", "looked for", "suchen", "suche", "sucht", "suchte", "suchten", "gesucht", "h"),
    ("paint", "paints", "painted", "painted", "malen", "male", "malt", "malte", "malten", "gemalt", "h"),
    ("carry", "carries", "carried", "carried", "tragen", "trage", "trägt", "trug", "trugen", "getragen", "h"),
    ("take", "takes", "took", "taken", "nehmen", "nehme", "nimmt", "nahm", "nahmen", "genommen", "h"),
    ("forget", "forgets", "forgot", "forgotten", "vergessen", "vergesse", "vergisst", "vergaß", "vergaßen", "vergessen", "h"),
    ("sell", "sells", "sold", "sold", "verkaufen", "verkaufe", "verkauft", "verkaufte", "verkauften", "verkauft", "h"),
    ("need", "needs", "needed", "needed", "brauchen", "brauche", "braucht", "brauchte", "brauchten", "gebraucht", "h"),
    ("break", "breaks", "broke", "broken", "brechen", "breche", "bricht", "brach", "brachen", "gebrochen", "h"),
    ("love", "loves", "loved", "loved", "lieben", "liebe", "liebt", "liebte", "liebten", "geliebt", "h"),
]
DATIVE = [
    ("help", "helps", "helped", "helped", "helfen", "helfe", "hilft", "half", "halfen", "geholfen", "h"),
    ("follow", "follows", "followed", "followed", "folgen", "folge", "folgt", "folgte", "folgten", "gefolgt", "s"),
    ("thank", "thanks", "thanked", "thanked", "danken", "danke", "dankt", "dankte", "dankten", "gedankt", "h"),
    ("answer", "answers", "answered", "answered", "antworten", "antworte", "antwortet", "antwortete", "antworteten", "geantwortet", "h"),
]
DITRANSITIVE = [
    ("give", "gives", "gave", "given", "geben", "gebe", "gibt", "gab", "gaben", "gegeben", "h"),
    ("show", "shows", "showed", "shown", "zeigen", "zeige", "zeigt", "zeigte", "zeigten", "gezeigt", "h"),
    ("send", "sends", "sent", "sent", "schicken", "schicke", "schickt", "schickte", "schickten", "geschickt", "h"),
    ("bring", "brings", "brought", "brought", "bringen", "bringe", "bringt", "brachte", "brachten", "gebracht", "h"),
]
TIMES = [("today", "heute"), ("now", "jetzt"), ("often", "oft"), ("every day", "jeden Tag"), ("in the evening", "am Abend"),
         ("in the morning", "am Morgen"), ("on sunday", "am Sonntag"), ("always", "immer")]
PLACES = [("in the garden", "im Garten"), ("in the city", "in der Stadt"), ("at the station", "am Bahnhof"),
          ("in the kitchen", "in der Küche"), ("at school", "in der Schule"), ("on the street", "auf der Straße"),
          ("in the forest", "im Wald"), ("at home", "zu Hause"), ("by the river", "am Fluss")]
PREPOSITIONS = [("with", "mit", "d"), ("for", "für", "a"), ("without", "ohne", "a"), ("after", "nach", "d")]
# pronoun: English subject, object; German nominative, accusative, dative; person of the verb
PRONOUNS = [("i", "me", "ich", "mich", "mir", 1), ("he", "him", "er", "ihn", "ihm", 3), ("she", "her", "sie", "sie", "ihr", 3),
            ("we", "us", "wir", "uns", "uns", 4), ("they", "them", "sie", "sie", "ihnen", 4)]
# modal: English (3rd person, others); German 1st and 3rd person, plural
MODALS = [("can", "can", "kann", "können"), ("must", "must", "muss", "müssen"), ("should", "should", "soll", "sollen"),
          ("wants to", "want to", "will", "wollen")]
POSSESSIVES = [("my", "mein"), ("your", "dein"), ("his", "sein"), ("her", "ihr"), ("our", "unser")]

DEFINITE = {"m": {"n": "der", "a": "den", "d": "dem"}, "f": {"n": "die", "a": "die", "d": "der"},
            "n": {"n": "das", "a": "das", "d": "dem"}, "p": {"n": "die", "a": "die", "d": "den"}}
EIN = {"m": {"n": "", "a": "en", "d": "em"}, "f": {"n": "e", "a": "e", "d": "er"},
       "n": {"n": "", "a": "", "d": "em"}, "p": {"n": "e", "a": "e", "d": "en"}}


def ein_word(stem, gender, case):
    ending = EIN[gender][case]
    return (stem[:-2] + "r" if stem == "unser" and ending else stem) + ending


def adjective_ending(article, gender, case):
    if gender == "p":
        return "en" if article != "bare" or case == "d" else "e"
    if case == "d" or (gender == "m" and case == "a"):
        return "en"
    if article == "definite":
        return "e"
    return {"m": "er", "f": "e", "n": "es"}[gender]


class Noun:
    """A noun phrase: its English text, its German text by case, its person (3 singular, 4 plural)."""

    def __init__(self, rng, nouns, negated=False, simple=False):
        english, english_plural, german, gender, plural, weak = nouns[rng.randrange(len(nouns))]
        many = rng.random() < 0.3
        self.person = 4 if many else 3
        article = rng.choices(["definite", "indefinite", "possessive"], [5, 3, 2])[0]
        if negated:
            article = "indefinite"
        adjectives = [] if simple else [ADJECTIVES[rng.randrange(len(ADJECTIVES))]
                                        for _ in range(rng.choices([0, 1, 2], [5, 5, 1])[0])]
        if len(adjectives) == 2 and adjectives[0] == adjectives[1]:
            adjectives.pop()
        possessive = POSSESSIVES[rng.randrange(len(POSSESSIVES))]
        words = [a for a, _ in adjectives] + [english_plural if many else english]
        self.article = article
        self.many = many
        if article == "definite":
            front = "the"
        elif article == "possessive":
            front = possessive[0]
        elif many:
            front = "any" if negated else ""
        else:
            front = "an" if words[0][0] in "aeiou" else "a"
        self.english = " ".join(([front] if front else []) + words)
        kind = "bare" if article == "indefinite" and many and not negated else article
        self.german = {}
        g = "p" if many else gender
        for case in "nad":
            if article == "definite":
                first = DEFINITE[g][case]
            elif article == "possessive":
                first = ein_word(possessive[1], g, case)
            elif negated:
                first = ein_word("kein", g, case)
            else:
                first = "" if many else ein_word("ein", g, case)
            noun = plural if many else (weak if weak and case != "n" else german)
            if many and case == "d" and noun[-1] not in "ns":
                noun += "n"
            ending = adjective_ending(kind, g, case)
            said = [(a[:-1] if a.endswith("e") else a) + ending for _, a in adjectives]
            self.german[case] = " ".join(([first] if first else []) + said + [noun])


class Pronoun:
    def __init__(self, rng):
        subject, self.object, n, a, d, self.person = PRONOUNS[rng.randrange(len(PRONOUNS))]
        self.english = subject
        self.german = {"n": n, "a": a, "d": d}


def english_verb(verb, tense, person, negated):
    base, third, past, participle = verb[:4]
    singular = person == 3
    if tense == "present":
        return (("does not " if singular else "do not ") + base) if negated else (third if singular else base)
    if tense == "past":
        return "did not " + base if negated else past
    if tense == "perfect":
        return ("has " if singular else "have ") + ("not " if negated else "") + participle
    if tense == "future":
        return "will " + ("not " if negated else "") + base
    raise ValueError(tense)


def german_verb(verb, tense, person):
    """The finite part and what stands at the end."""
    infinitive, first, third, past, past_plural, participle, auxiliary = verb[4:]
    pick = {1: 0, 3: 1, 4: 2}[person]
    if tense == "present":
        return (first, third, infinitive)[pick], ""
    if tense == "past":
        return (past, past, past_plural)[pick], ""
    if tense == "perfect":
        return (("habe", "hat", "haben") if auxiliary == "h" else ("bin", "ist", "sind"))[pick], participle
    if tense == "future":
        return ("werde", "wird", "werden")[pick], infinitive
    raise ValueError(tense)


def join(parts):
    return " ".join(p for p in parts if p)


def clause(rng, order="main", relative=True, short=False, tense=None):
    """One clause: (English, German); `order` is main, final (verb at the end) or question."""
    subject = Pronoun(rng) if rng.random() < 0.25 else Noun(rng, NOUNS_LIVING)
    tense = tense or rng.choices(["present", "past", "perfect", "future", "modal"], [6, 4, 3, 2, 3])[0]
    kind = rng.choices(["intransitive", "transitive", "dative", "ditransitive"], [3, 5, 2, 3])[0]
    negated = rng.random() < 0.15 and tense != "modal" and order != "question"
    verbs = {"intransitive": INTRANSITIVE, "transitive": TRANSITIVE, "dative": DATIVE, "ditransitive": DITRANSITIVE}[kind]
    verb = verbs[rng.randrange(len(verbs))]
    no_object = False  # "kein" carries the negation

    english_objects, german_objects = [], []
    if kind == "transitive":
        if rng.random() < 0.2:
            o = Pronoun(rng)
            english_objects, german_objects = [o.object], [o.german["a"]]
        else:
            no_object = negated and rng.random() < 0.5
            o = Noun(rng, NOUNS_THINGS if rng.random() < 0.8 else NOUNS_LIVING, negated=no_object)
            if negated and not no_object and o.article == "indefinite":
                negated = False
            english_objects, german_objects = [o.english], [o.german["a"]]
    elif kind == "dative":
        o = Pronoun(rng) if rng.random() < 0.3 else Noun(rng, NOUNS_LIVING)
        english_objects = [o.object if isinstance(o, Pronoun) else o.english]
        german_objects = [o.german["d"]]
        if negated and isinstance(o, Noun) and o.article == "indefinite":
            negated = False
    elif kind == "ditransitive":
        to = Pronoun(rng) if rng.random() < 0.3 else Noun(rng, NOUNS_LIVING, simple=rng.random() < 0.6)
        what = Noun(rng, NOUNS_THINGS)
        if negated and what.article == "indefinite":
            negated = False
        to_english = to.object if isinstance(to, Pronoun) else to.english
        english_objects = [to_english, what.english] if rng.random() < 0.5 else [what.english, "to", to_english]
        german_objects = [to.german["d"], what.german["a"]]

    time = TIMES[rng.randrange(len(TIMES))] if rng.random() < (0.15 if short else 0.4) else None
    place = PLACES[rng.randrange(len(PLACES))] if rng.random() < (0.1 if short else 0.3) else None
    companion_english = companion_german = ""
    if not short and rng.random() < 0.2:
        preposition = PREPOSITIONS[rng.randrange(len(PREPOSITIONS))]
        who = Noun(rng, NOUNS_LIVING if preposition[1] in ("mit", "für", "ohne") else NOUNS_THINGS, simple=rng.random() < 0.5)
        companion_english = preposition[0] + " " + who.english
        companion_german = preposition[1] + " " + who.german[preposition[2]]
    front_time = time and order == "main" and rng.random() < 0.4

    if tense == "modal":
        modal = MODALS[rng.randrange(3 if order == "question" else len(MODALS))]
        verb_english = (modal[0] if subject.person == 3 else modal[1]) + " " + verb[0]
        finite, end = (modal[3] if subject.person == 4 else modal[2]), verb[4]
    else:
        verb_english = english_verb(verb, tense, subject.person, negated)
        finite, end = german_verb(verb, tense, subject.person)

    subject_english, subject_german = subject.english, subject.german["n"]
    if relative and not short and isinstance(subject, Noun) and order == "main" and rng.random() < 0.15:
        inner = TRANSITIVE[rng.randrange(len(TRANSITIVE))]
        seen = Noun(rng, NOUNS_THINGS, simple=True)
        inner_tense = rng.choice(["present", "past"])
        subject_english += " who " + english_verb(inner, inner_tense, subject.person, False) + " " + seen.english
        gender = "die" if subject.many else None
        if gender is None:
            entry = next(n for n in NOUNS_LIVING if n[0] == subject.english.split()[-1])
            gender = DEFINITE[entry[3]]["n"]
        subject_german += ", " + gender + " " + seen.german["a"] + " " + german_verb(inner, inner_tense, subject.person)[0] + ","

    middle = [*german_objects]
    not_word = "nicht" if negated and not no_object else ""
    time_english, time_german = time if time else ("", "")
    place_english, place_german = place if place else ("", "")
    pronouns = [o for o in german_objects if o in ("mich", "mir", "ihn", "ihm", "sie", "ihr", "uns", "ihnen")]
    others = [o for o in middle if o not in pronouns]

    if order == "question":
        if tense == "modal":
            first, _, rest = verb_english.partition(" ")
        elif tense in ("perfect", "future"):
            first, _, rest = verb_english.partition(" ")
        else:
            first = "did" if tense == "past" else ("does" if subject.person == 3 else "do")
            rest = verb[0]
        english = join([first, subject_english, rest, *english_objects, companion_english, place_english, time_english])
        german = join([finite, subject_german, *pronouns, time_german, *others, companion_german, place_german, end])
        return english, german
    if front_time:
        english = join([time_english, subject_english, verb_english, *english_objects, companion_english, place_english])
        german = join([time_german, finite, subject_german, *pronouns, *others, not_word, companion_german, place_german, end])
        return english, german
    english = join([subject_english, verb_english, *english_objects, companion_english, place_english, time_english])
    tail = [*pronouns, time_german, *others, not_word, companion_german, place_german, end]
    if order == "final":
        return english, join([subject_german, *tail, finite])
    return english, join([subject_german, finite, *tail])


CONJUNCTIONS = [("because", "weil"), ("although", "obwohl"), ("if", "wenn"), ("before", "bevor")]
KNOWING = [("i know that", "ich weiß, dass"), ("she says that", "sie sagt, dass"), ("we think that", "wir denken, dass"),
           ("he believes that", "er glaubt, dass")]


def sentence(rng):
    """One English sentence and its German translation."""
    form = rng.choices(["plain", "question", "because", "fronted", "knowing", "and"], [8, 2, 3, 1.5, 2, 1.5])[0]
    if form == "plain":
        english, german = clause(rng)
    elif form == "question":
        english, german = clause(rng, order="question", relative=False)
        return english + "?", german + "?"
    elif form == "because":
        a, b = clause(rng, short=True), clause(rng, order="final", short=True)
        word = CONJUNCTIONS[rng.randrange(len(CONJUNCTIONS))]
        english, german = f"{a[0]} {word[0]} {b[0]}", f"{a[1]}, {word[1]} {b[1]}"
    elif form == "fronted":
        # The clause in front takes the first place, so the main clause begins with its verb.
        a, b = clause(rng, order="final", short=True), clause(rng, order="question", relative=False, short=True, tense="present")
        word = CONJUNCTIONS[rng.randrange(2)]
        first, _, rest = b[0].partition(" ")
        english = f"{word[0]} {a[0]}, {first} {rest}?"
        german = f"{word[1]} {a[1]}, {b[1]}?"
        return english, german
    elif form == "knowing":
        b = clause(rng, order="final")
        word = KNOWING[rng.randrange(len(KNOWING))]
        english, german = f"{word[0]} {b[0]}", f"{word[1]} {b[1]}"
    else:
        a, b = clause(rng, relative=False, short=True), clause(rng, relative=False, short=True)
        english, german = f"{a[0]} and {b[0]}", f"{a[1]} und {b[1]}"
    return english + ".", german.rstrip(",") + "."


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def typos(rng, text, rate=0.05):
    """The text with a typing error in each word with probability `rate`."""
    words = text.split(" ")
    for i, word in enumerate(words):
        if len(word) < 4 or rng.random() >= rate:
            continue
        at = rng.randrange(1, len(word) - 2)
        kind = rng.randrange(4)
        if kind == 0:
            word = word[:at] + word[at + 1] + word[at] + word[at + 2:]
        elif kind == 1:
            word = word[:at] + word[at + 1:]
        elif kind == 2:
            word = word[:at] + word[at] + word[at:]
        else:
            word = word[:at] + LETTERS[rng.randrange(26)] + word[at + 1:]
        words[i] = word
    return " ".join(words)
