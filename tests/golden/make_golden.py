#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the golden logits: the example model evaluated by transformers, held against oracle.py.

Run once; needs PyTorch and transformers. The tests only read what it wrote."""
import argparse
import os
import sys

import numpy as np
import torch
import transformers

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../examples/models"))
from bpe import Tokenizer  # noqa: E402

from nmse import compare  # noqa: E402
from oracle import Oracle  # noqa: E402

BOUND = 1e-11
KEPT_LENGTHS = (1, 12, 35)


def half_split(weight, n_head):
    """Each head's rows from adjacent pairs (0,1)(2,3).. to transformers' halves 0,2,..,1,3,.."""
    rows, width = weight.shape
    return weight.reshape(n_head, rows // n_head // 2, 2, width).swapaxes(1, 2).reshape(rows, width)


def transformers_state(oracle):
    h, parts = oracle.hyper, {
        "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
        "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
    heads = {"attn_q": h.n_head, "attn_k": h.n_head_kv}
    state = {"model.embed_tokens.weight": oracle.tensors["token_embd.weight"].f64(),
             "model.norm.weight": oracle.tensors["output_norm.weight"].f64()}
    state["lm_head.weight"] = state["model.embed_tokens.weight"]
    for i in range(h.n_layer):
        for part, name in parts.items():
            weight = oracle.tensors[f"blk.{i}.{part}.weight"].f64()
            if part in heads:
                weight = half_split(weight, heads[part])
            state[f"model.layers.{i}.{name}.weight"] = weight
    return {name: torch.from_numpy(np.ascontiguousarray(w)) for name, w in state.items()}


def transformers_model(oracle):
    h, get = oracle.hyper, oracle.reader.get
    config = transformers.LlamaConfig(
        vocab_size=oracle.n_vocab, hidden_size=h.n_embd, num_hidden_layers=h.n_layer,
        intermediate_size=get("llama.feed_forward_length"), num_attention_heads=h.n_head,
        num_key_value_heads=h.n_head_kv, max_position_embeddings=get("llama.context_length"),
        rms_norm_eps=h.eps, rope_parameters={"rope_type": "default", "rope_theta": h.rope_base},
        tie_word_embeddings=True, attn_implementation="eager", hidden_act="silu")
    model = transformers.LlamaForCausalLM(config).double().eval()
    model.load_state_dict(transformers_state(oracle))
    return model


@torch.no_grad()
def reference_logits(model, sequences):
    rows = [model(torch.from_numpy(s)[None]).logits[0].double().numpy() for s in sequences]
    return np.concatenate(rows)


def tokenizer_of(reader):
    return Tokenizer([m.split(" ") for m in reader.get("tokenizer.ggml.merges")[1]])


def check(what, got, want):
    figures = compare(got, want)
    print(what, " ".join(f"{k}={v:.4g}" for k, v in figures.items()))
    if not figures["nmse"] <= BOUND:
        sys.exit(f"{what}: above {BOUND}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("model")
    p.add_argument("text", help="the sequences are cut from its last tenth")
    p.add_argument("--out", default=os.path.join(HERE, "shakespeare"), help="stem of the two files")
    args = p.parse_args()
    oracle = Oracle(args.model)
    with open(args.text, encoding="ascii") as f:
        text = f.read()
    tokenizer = tokenizer_of(oracle.reader)
    stream = np.array([tokenizer.end] + tokenizer.encode(text[len(text) * 9 // 10:]))
    model = transformers_model(oracle)
    full = [stream[:oracle.reader.get("llama.context_length")]]
    check("full context:", oracle.logits(full), reference_logits(model, full))
    starts = (0, 1000, 5000)
    kept = [stream[s:s + n] for s, n in zip(starts, KEPT_LENGTHS)]
    want = reference_logits(model, kept)
    check("kept rows:", oracle.logits(kept), want)
    with open(args.out + ".tokens", "w", encoding="ascii") as f:
        f.writelines(" ".join(map(str, s)) + "\n" for s in kept)
    want.astype("<f4").tofile(args.out + ".logits.f32")
    for module in (transformers, torch, np):
        print(module.__name__, module.__version__)


if __name__ == "__main__":
    main()
