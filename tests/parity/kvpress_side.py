"""What kvpress keeps of a prompt, on the model that transformers makes of a GGUF file.

    kvpress_side.py MODEL.gguf CASES.json ANSWERS.json

CASES: [{"method", "params" (ours), "tokens"}]. ANSWERS: for each case, layer and KV head
{"kept": [positions], "scores": [a score a position]}. Runs in the virtual environment that
kvpress_cache.py makes.
"""

import json
import pathlib
import sys
import torch
import transformers
from kvpress import PyramidKVPress, SnapKVPress, StreamingLLMPress


def ratio_for(count, tokens):
    """The compression ratio for which kvpress keeps `count` tokens: it rounds down."""
    return 1 - (count + 0.5) / tokens


def press_for(method, params, tokens):
    keep = params["keep"]
    if method == "streamingllm":
        return StreamingLLMPress(ratio_for(keep, tokens), n_sink=params["sinks"])
    assert params["pooling"] == "avg", "kvpress pools by the mean"
    window = {"window_size": params["window"], "kernel_size": params["pool"]}
    if method == "snapkv":
        return SnapKVPress(ratio_for(keep, tokens), **window)
    assert method == "pyramidkv", method
    return PyramidKVPress(1 - keep / tokens, **window, beta=params["beta"])


def listen(press):
    """Makes the press report what it keeps instead of keeping it: (layer -> heads)."""
    layers, inner_compress, inner_score = {}, press.compress, press.score

    def score(module, *rest):
        scores = inner_score(module, *rest)  # [1, Hkv, T]
        layers[module.layer_idx] = [{"scores": head} for head in scores[0].double().tolist()]
        return scores

    def compress(module, hidden_states, keys, values, attentions, kwargs):
        # Each value is its position, so that the values kept tell which they are.
        positions = torch.arange(keys.shape[2], dtype=torch.float32)
        marked = positions.view(1, 1, -1, 1).expand(values.shape).contiguous()
        _, kept = inner_compress(module, hidden_states, keys, marked, attentions, kwargs)
        for head, rows in zip(layers[module.layer_idx], kept[0, :, :, 0]):
            head["kept"] = rows.long().sort().values.tolist()
        return keys, values

    press.score, press.compress = score, compress
    return layers


@torch.inference_mode()
def main(model_file, cases_file, answers_file):
    file = pathlib.Path(model_file)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        str(file.parent), gguf_file=file.name, dtype=torch.float32, attn_implementation="sdpa").eval()
    answers = []
    for case in json.loads(pathlib.Path(cases_file).read_text()):
        press = press_for(case["method"], case["params"], len(case["tokens"]))
        layers = listen(press)
        with press(model):
            model.model(torch.tensor([case["tokens"]]), past_key_values=transformers.DynamicCache())
        answers.append([layers[index] for index in range(model.config.num_hidden_layers)])
    pathlib.Path(answers_file).write_text(json.dumps(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
