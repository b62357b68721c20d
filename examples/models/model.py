# SPDX-License-Identifier: MIT
"""A Llama-architecture decoder in PyTorch, its weights in GGUF's order (adjacent-pair RoPE)."""
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Shape:
    n_vocab: int = 1024
    n_ctx: int = 512
    n_embd: int = 256
    n_layer: int = 6
    n_head: int = 8
    n_head_kv: int = 2
    n_ff: int = 768
    rope_base: float = 10000.0
    rms_eps: float = 1e-5

    @property
    def d_head(self):
        return self.n_embd // self.n_head


class Dropout(nn.Module):
    """nn.Dropout with a mask that is several times faster to draw on a CPU; the rate in 1/256."""

    def __init__(self, share):
        super().__init__()
        self.zeros = round(share * 256)
        self.rng = np.random.Generator(np.random.SFC64(7))

    def forward(self, x):
        if not self.training or self.zeros == 0:
            return x
        noise = np.frombuffer(bytearray(self.rng.bytes(x.numel())), dtype=np.uint8)
        keep = torch.from_numpy(noise).view(x.shape) >= self.zeros
        return x * (keep * (256 / (256 - self.zeros)))


class RMSNorm(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.eps = shape.rms_eps
        self.weight = nn.Parameter(torch.ones(shape.n_embd))

    def forward(self, x):
        return F.rms_norm(x, self.weight.shape, self.weight, self.eps)


def linear(n_in, n_out, depth=1):
    """No bias; layers that add into the residual stream start smaller the deeper the model."""
    layer = nn.Linear(n_in, n_out, bias=False)
    nn.init.normal_(layer.weight, std=(n_in * depth) ** -0.5)
    return layer


def rope_table(shape):
    freq = shape.rope_base ** (-torch.arange(0, shape.d_head, 2).double() / shape.d_head)
    angle = torch.outer(torch.arange(shape.n_ctx).double(), freq)
    return angle.cos().float(), angle.sin().float()


def rope(x, cos, sin):
    """Rotates the pairs (0,1), (2,3), ... of each head; x is [batch, head, token, d_head]."""
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1).flatten(-2)


class Block(nn.Module):
    def __init__(self, shape, dropout):
        super().__init__()
        self.shape = shape
        n, kv = shape.n_embd, shape.n_head_kv * shape.d_head
        self.sizes = (n, kv, kv)
        self.attn_norm, self.ffn_norm = RMSNorm(shape), RMSNorm(shape)
        self.attn_qkv = linear(n, sum(self.sizes))
        self.attn_output = linear(n, n, 2 * shape.n_layer)
        self.ffn_gate_up = linear(n, 2 * shape.n_ff)
        self.ffn_down = linear(shape.n_ff, n, 2 * shape.n_layer)
        self.drop = Dropout(dropout)

    def attention(self, x, cos, sin):
        batch, length, _ = x.shape
        q, k, v = (t.view(batch, length, -1, self.shape.d_head).transpose(1, 2)
                   for t in self.attn_qkv(x).split(self.sizes, dim=-1))
        q, k = rope(q, cos, sin), rope(k, cos, sin)
        group = self.shape.n_head // self.shape.n_head_kv
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.attn_output(y.transpose(1, 2).reshape(batch, length, -1))

    def forward(self, x, cos, sin):
        x = x + self.drop(self.attention(self.attn_norm(x), cos, sin))
        gate, up = self.ffn_gate_up(self.ffn_norm(x)).chunk(2, dim=-1)
        return x + self.drop(self.ffn_down(self.drop(F.silu(gate) * up)))


class Decoder(nn.Module):
    """The output head is the embedding table (a GGUF without output.weight)."""

    def __init__(self, shape, dropout=0.0):
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.n_vocab, shape.n_embd)
        nn.init.normal_(self.token_embd.weight, std=0.05)
        self.blk = nn.ModuleList(Block(shape, dropout) for _ in range(shape.n_layer))
        self.output_norm = RMSNorm(shape)
        self.drop = Dropout(dropout)
        for name, table in zip(("cos", "sin"), rope_table(shape)):
            self.register_buffer(name, table, persistent=False)

    def forward(self, tokens):
        length = tokens.shape[1]
        x = self.drop(self.token_embd(tokens))
        for block in self.blk:
            x = block(x, self.cos[:length], self.sin[:length])
        return F.linear(self.output_norm(x), self.token_embd.weight)


def gguf_tensors(state, shape):
    """The state dict under GGUF's tensor names, the fused matrices taken apart."""
    kv = shape.n_head_kv * shape.d_head
    out = {}
    for name, value in state.items():
        if name.endswith("attn_qkv.weight"):
            for part, t in zip("qkv", value.split((shape.n_embd, kv, kv))):
                out[name.replace("qkv", part)] = t
        elif name.endswith("ffn_gate_up.weight"):
            for part, t in zip(("gate", "up"), value.chunk(2)):
                out[name.replace("gate_up", part)] = t
        else:
            out[name] = value
    return {name: t.detach().float().numpy() for name, t in out.items()}
