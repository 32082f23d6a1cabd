"""Writes a Hugging Face folder of a real model's size with random bf16 weights, in shards: for measuring
how fast checkpoints load. Needs nothing but Python.

    write_checkpoint.py FOLDER [--shape llama-3.1-8b] [--shard-gb 5]
"""

import argparse
import json
import pathlib
import random
import struct

# Layers, D, F, query heads, KV heads, head size, V.
SHAPES = {
    "llama-3.1-8b": (32, 4096, 14336, 32, 8, 128, 128256),
    "llama-3.2-1b": (16, 2048, 8192, 32, 8, 64, 128256),
    "tiny": (2, 64, 160, 4, 2, 16, 512),
}
BLOCK = 1 << 24  # numbers that repeat


def tensors(shape):
    """Names and shapes, as transformers saves a Llama model."""
    layers, width, ffn, heads, kv_heads, head, vocabulary = shape
    yield "lm_head.weight", (vocabulary, width)
    yield "model.embed_tokens.weight", (vocabulary, width)
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        yield prefix + "input_layernorm.weight", (width,)
        yield prefix + "mlp.down_proj.weight", (width, ffn)
        yield prefix + "mlp.gate_proj.weight", (ffn, width)
        yield prefix + "mlp.up_proj.weight", (ffn, width)
        yield prefix + "post_attention_layernorm.weight", (width,)
        yield prefix + "self_attn.k_proj.weight", (kv_heads * head, width)
        yield prefix + "self_attn.o_proj.weight", (width, heads * head)
        yield prefix + "self_attn.q_proj.weight", (heads * head, width)
        yield prefix + "self_attn.v_proj.weight", (kv_heads * head, width)
    yield "model.norm.weight", (width,)


def byte_count(shape):
    count = 2  # of bf16
    for size in shape:
        count *= size
    return count


def shards(shape, most_bytes):
    parts, size = [], 0
    for name, dimensions in tensors(shape):
        if parts and size + byte_count(dimensions) > most_bytes:
            yield parts
            parts, size = [], 0
        parts.append((name, dimensions))
        size += byte_count(dimensions)
    yield parts


def random_block():
    """bf16 numbers of a size of 0.008 to 0.03, of either sign."""
    dice = random.Random(0)
    block = bytearray(2 * BLOCK)
    block[0::2] = dice.randbytes(BLOCK)
    block[1::2] = dice.randbytes(BLOCK).translate(bytes([0x3C, 0xBC] * 128))
    return memoryview(block)


def write_shard(file, parts, block):
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, dimensions in parts:
        begin, end = end, end + byte_count(dimensions)
        header[name] = {"dtype": "BF16", "shape": dimensions, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(file, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        while end > 0:
            end -= out.write(block[:end])


def config(shape):
    layers, width, ffn, heads, kv_heads, head, vocabulary = shape
    return {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "num_hidden_layers": layers,
            "hidden_size": width, "intermediate_size": ffn, "num_attention_heads": heads,
            "num_key_value_heads": kv_heads, "head_dim": head, "vocab_size": vocabulary,
            "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "rope_theta": 500000.0,
            "hidden_act": "silu", "tie_word_embeddings": False, "torch_dtype": "bfloat16",
            "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                             "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}}


def main():
    parser = argparse.ArgumentParser(prog="write_checkpoint", description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--shape", default="llama-3.1-8b", choices=SHAPES)
    parser.add_argument("--shard-gb", type=float, default=5.0, help="most gigabytes a file")
    options = parser.parse_args()
    shape = SHAPES[options.shape]
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "config.json").write_text(json.dumps(config(shape), indent=2) + "\n")
    block, weight_map, total = random_block(), {}, 0
    parts = list(shards(shape, options.shard_gb * 1e9))
    for number, part in enumerate(parts, 1):
        name = f"model-{number:05}-of-{len(parts):05}.safetensors"
        write_shard(options.folder / name, part, block)
        weight_map |= {tensor: name for tensor, _ in part}
        total += sum(byte_count(dimensions) for _, dimensions in part)
        print(f"{name}: {len(part)} tensors, {total / 1e9:.1f} GB so far", flush=True)
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (options.folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")


if __name__ == "__main__":
    main()
