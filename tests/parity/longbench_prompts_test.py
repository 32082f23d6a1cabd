"""LongBench's prompts against its own protocol in Python, over Hugging Face tokenizers and Jinja: the
same token ids for every row of MiniLongBench, cut at two lengths.

usage: longbench_prompts_test.py LONGBENCH_PROMPTS
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from parity_files import ROOT, data_folder, skip, smollm2_file

try:
    import gguf
    import jinja2
    from tokenizer_test import Oracle
except ImportError as error:
    skip(f"gguf, jinja2 and tokenizers are needed ({error}); scripts/test installs them")

WITHOUT_CHAT = {"trec", "triviaqa", "samsum", "lsht", "lcc", "repobench-p"}
LENGTHS = (7500, 601)
EXPERIMENT = """experiment: prompts
model: {{checkpoint: {model}, device: cpu}}
tasks: [{{task: longbench, data: {data}, config: {config}, counts: {counts}, max_length: {length}}}]
methods: [{{method: full}}]
"""


class Protocol:
    def __init__(self, model, config, length):
        self.tokenizer, self.length = Oracle(model).build("smollm"), length
        jinja = gguf.GGUFReader(model).fields["tokenizer.chat_template"].contents()
        self.chat = jinja2.Environment(trim_blocks=True, lstrip_blocks=True).from_string(jinja)
        self.prompts = json.loads((config / "dataset2prompt.json").read_text(encoding="utf-8"))

    def tokens(self, task, row):
        prompt = self.prompts[task].format(**row)
        ids = self.tokenizer.encode(prompt).ids
        if len(ids) > self.length:
            half = int(self.length / 2)
            prompt = (self.tokenizer.decode(ids[:half], skip_special_tokens=True) +
                      self.tokenizer.decode(ids[-half:], skip_special_tokens=True))
        if task not in WITHOUT_CHAT:
            prompt = self.chat.render(messages=[{"role": "user", "content": prompt}], add_generation_prompt=True)
        return self.tokenizer.encode(prompt).ids


def ours(program, text):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        run = subprocess.run([program, file.name], stdout=subprocess.PIPE, text=True)
    if run.returncode:
        sys.exit("longbench_prompts failed")
    return [json.loads(line) for line in run.stdout.splitlines()]


def main(program):
    data = data_folder()
    if not data or not (data / "minilongbench").is_dir():
        skip("no data folder with minilongbench (SKIPBENCH_DATA)")
    rows = {file.stem: [json.loads(line) for line in open(file, encoding="utf-8")]
            for file in (data / "minilongbench").glob("*.jsonl")}
    config = data / "longbench/config"
    different = 0
    for length in LENGTHS:
        protocol = Protocol(smollm2_file(), config, length)
        made = ours(program, EXPERIMENT.format(
            model=smollm2_file(), data=data / "minilongbench", config=config, length=length,
            counts=ROOT / "experiments/longbench/minilongbench/expected_counts.json"))
        if len(made) != sum(map(len, rows.values())):
            sys.exit(f"{len(made)} prompts, expected one for each row")
        for prompt in made:
            if prompt["tokens"] != protocol.tokens(prompt["subset"], rows[prompt["subset"]][int(prompt["id"])]):
                different += 1
                print(f"different: {prompt['subset']} row {prompt['id']} at {length} tokens")
        cut = sum(prompt["truncated"] > 0 for prompt in made)
        print(f"max_length {length}: {len(made)} prompts, {cut} of them cut")
    print(f"{different} prompts differ")
    sys.exit(different > 0)


if __name__ == "__main__":
    main(sys.argv[1])
