"""Seeded text that is hard on tokenizers, made without outside data."""

import pathlib
import random
import sysconfig

ENGLISH = """the of and to in is that for it was on are as with his they at be this from have or by
one had not but what all were when we there can an your which their said if do will each about how up
out them then she many some so these would other into has more her two like him see time could no
make than first been its who now people my made over did down only way find use may water long little
very after words called just where most know don't I'll we've they're it's you'd I'm HE'S CAN'T WE'LL
naïve café Zürich Straße œuvre Ångström ﬁne it’s rock'n'roll 'tis state-of-the-art e.g. i.e. U.S.A.
http://example.org/a?b=c&d=%20 user@example.com $3.50 #tag snake_case camelCase""".split()
CHINESE = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
CHINESE_MARKS = "，。！？、；：“”‘’（）《》【】—…　·"
EMOJI = ["😀", "🤷🏽‍♀️", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇨🇭", "🇯🇵", "1️⃣", "❤️", "👍🏿", "🧑🏻‍🤝‍🧑🏿", "☺", "\u200d", "\ufe0f", "🫠"]
DIGITS = "0123456789٠١٢٣४५६๐๑１２３²³½¾ⅣⅫ①⑩一二三〇𝟘𝟙𝟚৴৵௰𐄇𒐀🯰"
SPACES = [" ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f", "\x85",
          "\xa0", "\u1680", "\u180e", "\u2000", "\u2003", "\u200a", "\u200b", "\u2028", "\u2029", "\u202f",
          "\u205f", "\u3000", "\ufeff"]
SPECIAL_LIKE = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|im_", "<|im_start|", "<", "<|", "|>",
                "<repo_name>", "<reponame>", "<file_sep>x", "<empty_output>", "<|im_start|><|im_end|>"]
CONTRACTIONS = ["'s", "'S", "'ſ", "'t", "'RE", "'re", "'vE", "'m", "'ll", "'lL", "'d", "''", "' s", "’s"]


def is_scalar(code):
    return not 0xD800 <= code <= 0xDFFF


def english(rng):
    return " ".join(rng.choice(ENGLISH) for _ in range(rng.randint(1, 12))) + rng.choice([". ", ", ", "?\n", "! "])


def chinese(rng):
    run = "".join(rng.choice(CHINESE) for _ in range(rng.randint(1, 20)))
    rare = "".join(chr(rng.randint(0x3400, 0x9FFF)) for _ in range(rng.randint(0, 4)))
    return run + rare + rng.choice(CHINESE_MARKS)


def digits(rng):
    return "".join(rng.choice(DIGITS if rng.random() < 0.4 else "0123456789") for _ in range(rng.randint(1, 9)))


def anything(rng):
    """Characters of one Unicode block, assigned or not."""
    start = rng.choice([rng.randrange(0, 0x20000), rng.randrange(0, 0x110000), rng.randrange(0, 0x3000)])
    codes = (start + rng.randrange(0, 128) for _ in range(rng.randint(1, 12)))
    return "".join(chr(code) for code in codes if code < 0x110000 and is_scalar(code))


def controls(rng):
    return "".join(chr(rng.choice([rng.randrange(0, 32), rng.randrange(127, 160)])) for _ in range(rng.randint(1, 5)))


def pick(choices):
    return lambda rng: "".join(rng.choice(choices) for _ in range(rng.randint(1, 3)))


MAKERS = [english, english, english, chinese, chinese, digits, anything, controls, pick(EMOJI), pick(SPACES),
          pick(SPACES), pick(SPECIAL_LIKE), pick(CONTRACTIONS)]


def mixture(rng, size):
    """About `size` bytes of everything in random order, glued with and without spaces."""
    parts, length = [], 0
    while length < size:
        part = rng.choice(MAKERS)(rng) + rng.choice(["", "", " "])
        parts.append(part)
        length += len(part.encode())
    return "".join(parts)


def code(size):
    """Python's own standard library: program text with real English in it."""
    folder = pathlib.Path(sysconfig.get_paths()["stdlib"])
    text = ""
    for file in sorted(folder.glob("*.py")):
        text += file.read_text(encoding="utf-8", errors="replace")
        if len(text) > size:
            break
    return text[:size]


def every_character(rng):
    """Every character of the planes in use, in random order, each after one that may change its word."""
    codes = [code for code in [*range(0x33480), *range(0xE0000, 0xE0200), 0xF0000, 0x10FFFF] if is_scalar(code)]
    rng.shuffle(codes)
    return "".join(rng.choice(["", "", " ", "a", "\n", "7"]) + chr(code) for code in codes)


def long_runs(rng):
    """What makes a careless tokenizer quadratic."""
    letters = "".join(rng.choice("etaoinshrdlu") for _ in range(100_000))
    return "".join([" " * 100_000, "x", "\n" * 50_000, "a" * 100_000, letters, "\t " * 20_000, "-" * 50_000,
                    "7" * 20_000, "的" * 20_000, "\r\n" * 10_000, " " * 33])
