"""GGUF de-quantisation against the Python package gguf: not one bit may differ.

usage: gguf_test.py GGUF_DEQUANTIZE_DUMP
"""

import subprocess
import sys

from parity_files import skip

try:
    import gguf
    import numpy as np
except ImportError as error:
    skip(f"gguf is needed ({error}); scripts/test installs it")

BLOCKS = 20_000
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


def main():
    dump = sys.argv[1]
    generator = np.random.default_rng(20240607)
    failures = 0
    for name in TYPES:
        make = random_blocks if name in SCALES else plain_numbers
        blocks = make(name, generator)
        expected = gguf.quants.dequantize(blocks, gguf.GGMLQuantizationType[name]).ravel()
        output = subprocess.run([dump, name], input=blocks.tobytes(), capture_output=True, check=True)
        got = np.frombuffer(output.stdout, dtype=np.uint32)
        wanted = np.ascontiguousarray(expected, dtype=np.float32).view(np.uint32)
        if got.shape != wanted.shape:
            differing = f"{got.size} numbers instead of {wanted.size}"
            failures += 1
        else:
            differing = int(np.count_nonzero(got != wanted))
            failures += differing != 0
        print(f"{name:5} {wanted.size:9,} numbers, differing in any bit: {differing}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
