"""Both sides of a comparison: our model core, and the same model in Hugging Face transformers."""

import json
import os
import subprocess
import sys
import time

from parity_files import skip

os.environ.setdefault("TQDM_DISABLE", "1")  # progress bars of the conversion

try:
    import torch
    import transformers
except (ImportError, OSError) as error:  # OSError: a library that torch needs is absent
    skip(f"torch and transformers are needed ({error}); scripts/test installs them")

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


class OurModel:
    """The model core in a process of its own (tests/parity/serve_model.cpp)."""

    def __init__(self, program, checkpoint, device="cpu", dtype="float32", threads=1):
        self._process = subprocess.Popen(
            [program, str(checkpoint), device, dtype, str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "OMP_NUM_THREADS": str(threads)})
        self.shape = self._answer()

    def run(self, tokens, new_tokens=1, logits=None, gaps=False):
        """Prefills, then decodes greedily: {"ttft_ms": x, "decode_ms": y, "greedy": [ids], "gaps": []}."""
        request = {"tokens": tokens, "new_tokens": new_tokens, "gaps": gaps}
        if logits is not None:
            request["logits"] = str(logits)
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=60)

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{self._process.args[0]} ended with exit code {self._process.wait()}")
        return json.loads(line)


class HuggingFaceModel:
    """transformers with sdpa attention, what a user would otherwise run."""

    def __init__(self, model, device="cpu"):
        self._model = model.eval().to(device)
        self._device = device

    @classmethod
    def from_gguf(cls, file, device="cpu", dtype="float32", attention="sdpa"):
        model = transformers.AutoModelForCausalLM.from_pretrained(
            str(file.parent), gguf_file=file.name, dtype=getattr(torch, dtype),
            attn_implementation=attention)
        return cls(model, device)

    @classmethod
    def random(cls, shape, device="cpu", dtype="float32"):
        """Random weights of the shape that serve_model reports; for speed only."""
        if shape["family"] != "llama":
            sys.exit(f"random weights: family '{shape['family']}' is not compared; expected 'llama'")
        config = transformers.LlamaConfig(
            num_hidden_layers=shape["layers"], hidden_size=shape["width"],
            intermediate_size=shape["ffn_width"], num_attention_heads=shape["query_heads"],
            num_key_value_heads=shape["kv_heads"], head_dim=shape["head_size"],
            vocab_size=shape["vocabulary"], max_position_embeddings=shape["context"],
            rope_theta=shape["rope_base"], rms_norm_eps=shape["norm_epsilon"],
            tie_word_embeddings=shape["tied_embeddings"])
        with torch.device(device):
            model = transformers.AutoModelForCausalLM.from_config(
                config, dtype=getattr(torch, dtype), attn_implementation="sdpa")
        return cls(model, device)

    def change(self, dtype, attention):
        """The same weights in the same or half the precision, under another attention of transformers.
        Its tables of angles stay in fp32, as they are after from_pretrained(dtype=...)."""
        for parameter in self._model.parameters():
            assert parameter.dtype in (torch.float32, getattr(torch, dtype)), "what was rounded stays so"
            parameter.data = parameter.data.to(getattr(torch, dtype))
        self._model.set_attn_implementation(attention)

    @torch.inference_mode()
    def prefill_ms(self, tokens):
        """From token ids on the host to the first new token on the host."""
        begin = time.perf_counter()
        ids = torch.tensor([tokens], device=self._device)
        logits = self._model(ids, use_cache=True, logits_to_keep=1).logits
        logits[0, -1].argmax().item()
        return 1000 * (time.perf_counter() - begin)

    @torch.inference_mode()
    def generate_ms(self, tokens, new_tokens):
        """transformers' own generate(), greedily, to exactly so many new tokens."""
        begin = time.perf_counter()
        ids = torch.tensor([tokens], device=self._device)
        self._model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False,
                             min_new_tokens=new_tokens, max_new_tokens=new_tokens,
                             pad_token_id=0)[0, -1].item()
        return 1000 * (time.perf_counter() - begin)

    @torch.inference_mode()
    def greedy(self, tokens, new_tokens):
        """([V] logits of the prompt's last token, new ids, smallest top-2 gap met)."""
        ids = torch.tensor([tokens], device=self._device)
        cache, first, generated, gap = None, None, [], float("inf")
        while len(generated) < new_tokens:
            output = self._model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache, logits = output.past_key_values, output.logits[0, -1].float()
            first = logits if first is None else first
            top = logits.topk(2)
            gap = min(gap, (top.values[0] - top.values[1]).item())
            generated.append(top.indices[0].item())
            ids = top.indices[:1].view(1, 1)
        return first.cpu(), generated, gap
