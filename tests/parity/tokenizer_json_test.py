"""tokenizer.json of every kind against Hugging Face tokenizers: the same ids, places and text.

usage: tokenizer_json_test.py TEXT_DUMP
The vocabularies are trained here; pre-tokenizers, normalisers and decoders are those that the
families publish.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile

import mixed_text
from parity_files import skip

try:
    import numpy as np
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
    from tokenizers import processors, trainers
except ImportError as error:
    skip(f"tokenizers is needed ({error}); scripts/test installs it")

VOCABULARY = 6000
SPACE = "▁"
SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
         r"|\s*[\r\n]+|\s+(?!\S)|\s+")
BYTE_TOKENS = [f"<0x{byte:02X}>" for byte in range(256)]


def byte_level(*before, regex):
    last = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=regex)
    return pre_tokenizers.Sequence([*before, last]) if before else last


def split_by(digits):
    return byte_level(pre_tokenizers.Split(Regex(SPLIT % digits), "isolated"), regex=False)


BYTE_LEVEL = {
    "gpt2": dict(pre_tokenizer=byte_level(regex=True)),
    "smollm": dict(pre_tokenizer=byte_level(pre_tokenizers.Digits(individual_digits=True), regex=True)),
    "llama-3": dict(pre_tokenizer=split_by("{1,3}"), ignore_merges=True, bos="<|im_start|>"),
    "qwen2": dict(pre_tokenizer=split_by(""), normalizer=normalizers.NFC()),
}
PREPEND = normalizers.Sequence([normalizers.Prepend(SPACE), normalizers.Replace(" ", SPACE)])


def metaspace(scheme, split):
    return pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme=scheme, split=split)


SENTENCE_PIECE = {
    "llama-2": dict(normalizer=PREPEND),
    "llama-2, specials matched late": dict(normalizer=PREPEND, late=True),
    "llama-2 without bytes": dict(normalizer=PREPEND, fallback=False),
    "llama-2, unknowns apart": dict(normalizer=PREPEND, fallback=False, fuse=False),
    "replaced spaces alone": dict(normalizer=normalizers.Replace(" ", SPACE)),
    "mistral-v0.3": dict(pre_tokenizer=metaspace("first", False)),
    "metaspace always": dict(pre_tokenizer=metaspace("always", False)),
    "metaspace split": dict(pre_tokenizer=metaspace("always", True)),
    "metaspace never": dict(pre_tokenizer=metaspace("never", True)),
}


def special_tokens(late=False):
    specials = ["<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|endoftext|>"]
    return ([AddedToken(text, special=True, normalized=late) for text in specials] +
            [AddedToken(text, special=False, normalized=False) for text in ["<repo_name>", "é!"]])


def train(pre_tokenizer, text, **options):
    """(vocabulary, merges) of a BPE trained on the text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, show_progress=False, **options)
    tokenizer.train_from_iterator(text.splitlines(keepends=True), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(merge) for merge in model["merges"]]


def byte_level_tokenizer(text, pre_tokenizer, normalizer=None, ignore_merges=False, bos=None):
    vocabulary, merges = train(pre_tokenizer, text,
                               initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens(special_tokens())
    if bos:
        tokenizer.post_processor = processors.Sequence([
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single=f"{bos} $A", pair=f"{bos} $A {bos} $B",
                                          special_tokens=[(bos, tokenizer.token_to_id(bos))])])
    return tokenizer


def sentence_piece_tokenizer(trained, pre_tokenizer=None, normalizer=None, fallback=True, fuse=True,
                             late=False):
    vocabulary, merges = trained
    if not fallback:
        texts = sorted(vocabulary.keys() - set(BYTE_TOKENS), key=vocabulary.get)
        vocabulary = {text: id for id, text in enumerate(texts)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>",
                                     fuse_unk=fuse, byte_fallback=fallback))
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.add_tokens([AddedToken("<unk>", special=True, normalized=late), *special_tokens(late)])
    return tokenizer


def make_tokenizers(text):
    for name, options in BYTE_LEVEL.items():
        yield name, byte_level_tokenizer(text, **options)
    trained = train(metaspace("always", True), text, limit_alphabet=800,
                    special_tokens=["<unk>", *BYTE_TOKENS])
    for name, options in SENTENCE_PIECE.items():
        yield name, sentence_piece_tokenizer(trained, **options)


def texts():
    rng = random.Random(20240608)
    yield "mixed", mixed_text.mixture(rng, 1_000_000)
    yield "code", mixed_text.code(500_000)
    yield "characters", mixed_text.every_character(rng)
    yield "long runs", mixed_text.long_runs(rng)
    yield "decomposed", decomposed(rng)
    yield "empty", ""
    yield "a space", " "
    yield "specials alone", "<s><s> </s> <s>a<s>"
    for text in ("a", " a", "  a", "▁a", "\n a", "<s> a", " <s>a b"):
        yield repr(text), text


def decomposed(rng):
    """Letters with marks that normalisation composes, reorders or leaves alone."""
    letters = "aeiouAEIOUnNcCsSзи가각ㄱ"
    marks = [chr(code) for code in [*range(0x300, 0x370), 0x1161, 0x11A8, 0x3099, 0x0F71, 0x0F72, 0x0344]]
    words = ["".join(rng.choice(letters) + "".join(rng.choice(marks) for _ in range(rng.randint(0, 3)))
                     for _ in range(rng.randint(1, 6))) for _ in range(40_000)]
    return " ".join(words)


def first_difference(ours, theirs):
    length = min(len(ours), len(theirs))
    places = np.flatnonzero(ours[:length] != theirs[:length])
    at = int(places[0]) if len(places) else length
    return f"first at token {at}: {ours[at:at + 6].tolist()} instead of {theirs[at:at + 6].tolist()}"


def run(dump, *arguments, content):
    return subprocess.run([dump, *arguments], input=content, capture_output=True, check=True).stdout


def compare_text(dump, file, tokenizer, text):
    """What differs, or nothing."""
    output = np.frombuffer(run(dump, "encode-json", file, content=text.encode()), dtype=np.int32)
    ids, begins = np.split(output, 2)
    encoding = tokenizer.encode(text, add_special_tokens=False)
    theirs = np.array(encoding.ids, dtype=np.int32)
    if not np.array_equal(ids, theirs):
        return "ids: " + first_difference(ids, theirs)
    if isinstance(tokenizer.normalizer, normalizers.NFC) and tokenizer.normalizer.normalize_str(text) != text:
        return None  # inside a run that NFC changes, their places go by an alignment of their own
    # Where a token begins, in bytes; theirs speak of characters, inside which byte tokens may begin.
    bytes_before = np.zeros(len(text) + 1, dtype=np.int64)
    np.cumsum([len(character.encode()) for character in text], out=bytes_before[1:])
    characters = np.searchsorted(bytes_before, begins, side="right") - 1
    their_characters = np.array([begin for begin, _ in encoding.offsets], dtype=np.int64)
    if np.all(np.diff(begins) >= 0) and np.array_equal(characters, their_characters):
        return None
    return "places: " + first_difference(characters, their_characters)


def compare_decoding(dump, file, tokenizer):
    ids = np.random.default_rng(7).integers(0, tokenizer.get_vocab_size() + 5, 100_000, dtype=np.int32)
    for mode in ("keep", "skip"):
        ours = run(dump, "decode-json", file, mode, content=ids.tobytes())
        if ours != tokenizer.decode(ids.tolist(), skip_special_tokens=mode == "skip").encode():
            return f"decoded text, special tokens: {mode}"
    return None


def main():
    dump = sys.argv[1]
    samples = list(texts())
    training = mixed_text.code(1_500_000) + mixed_text.mixture(random.Random(3), 1_000_000)
    training = training.replace("<|", "").replace("|>", "")  # special tokens are no learnt ones
    failures = compared = 0
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "tokenizer.json"
        for name, tokenizer in make_tokenizers(training):
            tokenizer.save(str(file))
            results = [(label, compare_text(dump, file, tokenizer, text)) for label, text in samples]
            results.append(("decoding", compare_decoding(dump, file, tokenizer)))
            for label, difference in results:
                if difference:
                    print(f"DIFFERENT {name}: {label}: {difference}")
            failures += sum(difference is not None for _, difference in results)
            compared += len(results)
            print(f"{name:32} {tokenizer.get_vocab_size()} tokens, {len(results)} comparisons", flush=True)
    total = sum(len(text.encode()) for _, text in samples)
    print(f"{total:,} bytes by each; of {compared} comparisons {failures} differ")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
