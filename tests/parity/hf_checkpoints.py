"""Hugging Face folders of every family and kind of RoPE scaling give transformers' logits in fp32.

    hf_checkpoints.py SERVE_MODEL

Tiny random models, saved by save_pretrained (whole, or in shards; in fp32, fp16 or bf16), loaded by both
sides, on prompts shorter and longer than the context that RoPE was trained for.
"""

import json
import pathlib
import random
import sys
import tempfile

from models import HuggingFaceModel, OurModel, torch, transformers

LARGEST_ERROR = 1e-3
NEW_TOKENS = 12
CONTEXT, FACTOR = 128, 4.0
LENGTHS = [1, 100, 128, 200, 333, 500]
SIZES = dict(num_hidden_layers=3, hidden_size=64, intermediate_size=144, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=331, max_position_embeddings=CONTEXT, rms_norm_eps=1e-5)


def rope(kind, **parameters):
    return {"rope_type": kind, "rope_theta": 10000.0, "factor": FACTOR, **parameters}


LINEAR, DYNAMIC, YARN = rope("linear"), rope("dynamic"), rope("yarn")
LLAMA3 = rope("llama3", low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=CONTEXT)
LONG = dict(max_position_embeddings=int(CONTEXT * FACTOR))  # llama3 states the length that it reaches
llama, qwen2, qwen3, mistral = (transformers.LlamaConfig, transformers.Qwen2Config, transformers.Qwen3Config,
                                transformers.MistralConfig)
# Name -> configuration class, what differs from SIZES, how it is saved.
CASES = {
    "llama": (llama, dict(rope_parameters={"rope_type": "default", "rope_theta": 50000.0}, **LONG), {}),
    "llama, tied, shards": (llama, dict(tie_word_embeddings=True, **LONG), dict(shards=True)),
    "llama, head size 24, biases": (llama, dict(head_dim=24, attention_bias=True, **LONG), {}),
    "llama, bf16, shards": (llama, LONG, dict(dtype=torch.bfloat16, shards=True)),
    "llama, fp16": (llama, LONG, dict(dtype=torch.float16)),
    "llama, linear": (llama, dict(rope_parameters=LINEAR), {}),
    "llama, linear, older keys": (llama, dict(rope_parameters=LINEAR), dict(older=True)),
    "llama, dynamic": (llama, dict(rope_parameters=DYNAMIC), dict(shards=True)),
    "llama, yarn": (llama, dict(rope_parameters=YARN), {}),
    "llama, yarn, mscale": (llama, dict(rope_parameters=rope("yarn", mscale=1.3, mscale_all_dim=0.8)), {}),
    "llama, yarn, other band": (llama, dict(rope_parameters=rope(
        "yarn", beta_fast=16.0, beta_slow=2.0, attention_factor=1.1, truncate=False)), {}),
    "llama, llama3": (llama, dict(rope_parameters=LLAMA3, **LONG), {}),
    "llama, llama3, older keys": (llama, dict(rope_parameters=LLAMA3, **LONG), dict(older=True, shards=True)),
    "qwen2": (qwen2, dict(use_sliding_window=False, **LONG), dict(shards=True)),
    "qwen2, yarn, older keys": (qwen2, dict(rope_parameters=YARN), dict(older=True)),
    "qwen3": (qwen3, dict(head_dim=32, **LONG), {}),
    "qwen3, tied, yarn, shards": (qwen3, dict(head_dim=32, tie_word_embeddings=True, rope_parameters=YARN),
                                  dict(shards=True)),
    "mistral": (mistral, dict(sliding_window=None, **LONG), {}),
    "mistral, window": (mistral, dict(sliding_window=200, **LONG), dict(context=200)),
    # transformers has no openPangu; its published code is Llama's with biases on all of attention.
    "openpangu": (llama, dict(attention_bias=True, **LONG), dict(pangu=True)),
}


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(1 + 0.1 * noise if "norm" in name else 0.2 * noise)


def use_older_keys(config):
    """rope_theta and rope_scaling beside each other, as checkpoints before transformers 5 have them."""
    parameters = config.pop("rope_parameters")
    config["rope_theta"] = parameters.pop("rope_theta")
    parameters["type"] = parameters.pop("rope_type")
    config["rope_scaling"] = parameters


def use_pangus_keys(config):
    config["model_type"] = "PanguEmbedded"
    config["architectures"] = ["PanguEmbeddedForCausalLM"]
    config["bias"] = config.pop("attention_bias")


def save(folder, kind, changes, seed, dtype=torch.float32, shards=False, older=False, pangu=False, context=None):
    """Returns the model that the folder must be."""
    model = transformers.AutoModelForCausalLM.from_config(kind(**{**SIZES, **changes}))
    randomise(model, seed)
    model.to(dtype).save_pretrained(folder, max_shard_size="40KB" if shards else "5GB")
    files = list(folder.glob("*.safetensors"))
    assert (len(files) > 3) == shards, files
    reference = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32,
                                                                  attn_implementation="sdpa")
    file = folder / "config.json"
    config = json.loads(file.read_text())
    if older:
        use_older_keys(config)
    if pangu:
        use_pangus_keys(config)
    file.write_text(json.dumps(config))
    return reference


def compare(program, name, seed, folder):
    """(largest error of logits, prompts, whether all greedy tokens are equal)."""
    kind, changes, saving = CASES[name]
    theirs = HuggingFaceModel(save(folder, kind, changes, seed, **saving))
    ours = OurModel(program, folder)
    context = ours.shape["context"]
    assert context == saving.get("context", CONTEXT * FACTOR), context
    dice, largest, equal, prompts = random.Random(seed), 0.0, True, 0
    logits_file = folder / "logits.f32"
    for length in LENGTHS:
        if length + NEW_TOKENS > context:
            continue
        tokens = [dice.randrange(SIZES["vocab_size"]) for _ in range(length)]
        expected, expected_ids, _ = theirs.greedy(tokens, NEW_TOKENS)
        ids = ours.run(tokens, NEW_TOKENS, logits_file)["greedy"]
        got = torch.frombuffer(bytearray(logits_file.read_bytes()), dtype=torch.float32)
        largest = max(largest, (got - expected).abs().max().item())
        equal = equal and ids == expected_ids
        prompts += 1
    ours.close()
    return largest, prompts, equal


def main(program):
    failures = 0
    print("model                        prompts  largest logit error  greedy tokens")
    for seed, name in enumerate(CASES):
        with tempfile.TemporaryDirectory() as folder:
            largest, prompts, equal = compare(program, name, seed, pathlib.Path(folder))
        passed = largest <= LARGEST_ERROR and equal
        failures += not passed
        print(f"{name:28} {prompts:7}  {largest:19.2e}  {'equal' if equal else 'DIFFERENT'}"
              f"{'' if passed else '  FAILED'}", flush=True)
    print(f"{len(CASES) - failures} of {len(CASES)} models agree within {LARGEST_ERROR}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
