"""GGUF de-quantisation against the Python package gguf: not one bit may differ, of random blocks of every
type, and of blocks of the models that were fetched.

usage: gguf_test.py GGUF_DEQUANTIZE_DUMP
"""

import subprocess
import sys

from parity_files import known_models, skip

try:
    import gguf
    import numpy as np
except ImportError as error:
    skip(f"gguf is needed ({error}); scripts/test installs it")

BLOCKS = 20_000
TENSOR_BLOCKS = 500  # of each tensor of a model, evenly spread
# Where the fp16 scales lie in a block of each type.
SCALES = {
    "Q4_0": [0],
    "Q4_1": [0, 2],
    "Q5_0": [0],
    "Q5_1": [0, 2],
    "Q8_0": [0],
    "Q4_K": [0, 2],
    "Q5_K": [0, 2],
    "Q6_K": [208],
}
TYPES = ["F32", "F16", "BF16", *SCALES]


def random_blocks(name, generator):
    """[BLOCKS, block bytes]: random bits; fp16 scales finite, of any sign, subnormals included."""
    _, block_bytes = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
    blocks = generator.integers(0, 256, (BLOCKS, block_bytes), dtype=np.uint8)
    for offset in SCALES.get(name, []):
        blocks[:, offset + 1] &= 0xFB  # clears an exponent bit: neither infinite nor NaN
    return blocks


def plain_numbers(name, generator):
    """Every fp16 or bf16 pattern, and random fp32 patterns, but for NaNs: their payload is free."""
    if name == "F32":
        bits = generator.integers(0, 2**32, BLOCKS, dtype=np.uint32).view(np.uint8)
        values = bits.view(np.float32)
    else:
        patterns = np.arange(2**16, dtype=np.uint16)
        as_float = patterns.view(np.float16) if name == "F16" else patterns.astype(np.uint32) << 16
        values = as_float if name == "F16" else as_float.view(np.float32)
        bits = patterns.view(np.uint8)
    keep = ~np.isnan(values)
    return np.ascontiguousarray(bits.reshape(len(values), -1)[keep])


def model_blocks(file):
    """{type: [blocks, block bytes]} of a GGUF file."""
    by_type = {}
    for tensor in gguf.GGUFReader(file).tensors:
        name = tensor.tensor_type.name
        _, block_bytes = gguf.GGML_QUANT_SIZES[tensor.tensor_type]
        blocks = tensor.data.reshape(-1).view(np.uint8).reshape(-1, block_bytes)
        by_type.setdefault(name, []).append(blocks[::len(blocks) // TENSOR_BLOCKS + 1])
    return {name: np.concatenate(blocks) for name, blocks in by_type.items()}


def agree(dump, name, blocks, where):
    """Prints and says whether every bit is as the package has it."""
    expected = gguf.quants.dequantize(blocks, gguf.GGMLQuantizationType[name]).ravel()
    output = subprocess.run([dump, name], input=blocks.tobytes(), capture_output=True, check=True)
    got = np.frombuffer(output.stdout, dtype=np.uint32)
    wanted = np.ascontiguousarray(expected, dtype=np.float32).view(np.uint32)
    same_size = got.shape == wanted.shape
    differing = (int(np.count_nonzero(got != wanted)) if same_size else
                 f"{got.size} numbers instead of {wanted.size}")
    print(f"{where:18} {name:5} {wanted.size:10,} numbers, differing in any bit: {differing}")
    return differing == 0


def main():
    dump = sys.argv[1]
    generator = np.random.default_rng(20240607)
    failures = 0
    for name in TYPES:
        make = random_blocks if name in SCALES else plain_numbers
        failures += not agree(dump, name, make(name, generator), "random")
    for model, row in known_models().items():
        if not row["path"].exists():
            print(f"{model:18} is absent; scripts/fetch_model {model} fetches it")
            continue
        for name, blocks in model_blocks(row["path"]).items():
            failures += not agree(dump, name, blocks, model)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
