"""Chat frames against what transformers makes of the Jinja templates for one user message.

usage: chat_template_test.py TEXT_DUMP
"""

import pathlib
import subprocess
import sys
import tempfile

from parity_files import skip, smollm2_file

try:
    import gguf
    from transformers.utils.chat_template_utils import render_jinja_template
except ImportError as error:
    skip(f"gguf and transformers are needed ({error}); scripts/test installs them")

FOLDER = pathlib.Path(__file__).parent / "chat_templates"
BOS = {"llama-3": "<|begin_of_text|>", "mistral": "<s>", "llama-2": "<s>", "openpangu": "<s>"}
# Template file -> the family that must be recognised.
FAMILIES = {
    "chatml-without-system": "chatml",
    "llama-2": "llama-2",
    "llama-3": "llama-3",
    "llama-3.1": "llama-3",
    "mistral-nemo": "mistral",
    "mistral-v0.2": "mistral",
    "mistral-v0.3": "mistral",
    "openpangu-embedded": "openpangu",
    "qwen2": "chatml",  # its default system message is ChatML's literal
    "qwen2.5": "qwen2",
    "qwen3": "chatml",
    "qwen3-thinking": "chatml",
}
MESSAGES = ["Hello", "", "  spaced\n\n", "\u3000\x1cwide\u2028", "two\nlines <|im_end|> {{ bos_token }} 😀"]


def smollm2_template():
    fields = gguf.GGUFReader(smollm2_file()).fields
    return fields["tokenizer.chat_template"].contents()


def main():
    dump = sys.argv[1]
    cases = [(name, family, (FOLDER / f"{name}.jinja").read_text()) for name, family in FAMILIES.items()]
    cases.append(("smollm2", "chatml", smollm2_template()))
    failures = 0
    for name, family, jinja in cases:
        with tempfile.NamedTemporaryFile("w", suffix=".jinja", newline="") as file:
            file.write(jinja)
            file.flush()
            for message in MESSAGES:
                conversation = [{"role": "user", "content": message}]
                (expected,), _ = render_jinja_template(
                    conversations=[conversation], chat_template=jinja, add_generation_prompt=True,
                    bos_token=BOS.get(family, ""), eos_token="")
                run = subprocess.run([dump, "chat", file.name], input=message.encode(), capture_output=True,
                                     check=True)
                got, recognised = run.stdout.decode(), run.stderr.decode()
                if (got, recognised) != (expected, family):
                    failures += 1
                    print(f"DIFFERENT {name}: {recognised} {got!r}\n  instead of {family} {expected!r}")
        print(f"compared {name}: {len(MESSAGES)} messages")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
