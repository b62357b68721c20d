#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains the example model: text, byte-level BPE, decoder, checkpoint (.npz and .json files).

The checkpoint holds the moving average of the weights that did best on the last tenth of the text.
Needs PyTorch and numpy; export_gguf.py then turns the checkpoint into a GGUF file."""
import argparse
import dataclasses
import json
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

from bpe import Tokenizer, learn_merges
from model import Decoder, Shape, gguf_tensors


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("text")
    p.add_argument("--out", default="checkpoint", help="folder of the checkpoint")
    p.add_argument("--vocab", type=int, default=1024)
    p.add_argument("--steps", type=int, default=5000)
    p.add_argument("--minutes", type=float, default=33, help="the schedule also ends at this time")
    p.add_argument("--batch", type=int, default=4)
    p.add_argument("--lr", type=float, default=1.5e-3)
    p.add_argument("--dropout", type=float, default=0.2)
    p.add_argument("--decay", type=float, default=0.1)
    p.add_argument("--average", type=float, default=0.995, help="decay of the moving average")
    p.add_argument("--passages", type=float, default=0.4, help="share of rows cut into passages")
    p.add_argument("--every", type=int, default=500, help="steps between validations")
    p.add_argument("--seed", type=int, default=1)
    return p.parse_args()


class Rows:
    """Draws training rows: stretches of running text, or passages set apart by end-of-text."""

    def __init__(self, text, tokenizer, length, passages, seed):
        self.length, self.share, self.end = length, passages, tokenizer.end
        self.rng = np.random.default_rng(seed)
        self.stream = np.array(tokenizer.encode(text))
        speeches = [s + "\n\n" for s in text.split("\n\n") if s]
        self.speeches = [tokenizer.encode(s) for s in speeches]

    def passage_row(self):
        row = []
        while len(row) <= self.length:
            first, count = self.rng.integers(len(self.speeches)), self.rng.integers(4, 17)
            row += [self.end] + [i for s in self.speeches[first:first + count] for i in s]
        return row[:self.length + 1]

    def row(self):
        if self.rng.random() < self.share:
            return self.passage_row()
        at = self.rng.integers(len(self.stream) - self.length)
        return self.stream[at:at + self.length + 1]

    def batch(self, count):
        return torch.from_numpy(np.array([self.row() for _ in range(count)]))


@torch.no_grad()
def loss_per_byte(model, tokens, end, n_bytes):
    """Nats per byte over the whole text: windows of n_ctx that keep a quarter of the one before."""
    n_ctx = model.shape.n_ctx
    stream = torch.tensor([end] + tokens)
    total, done = 0.0, 0
    while done < len(tokens):
        start = max(0, done - n_ctx // 4)
        row = stream[start:start + n_ctx + 1]
        logits = model(row[None, :-1])[0]
        fresh = row[1:][done - start:]
        total += F.cross_entropy(logits[done - start:], fresh, reduction="sum").item()
        done += len(fresh)
    return total / n_bytes


def save(folder, average, shape, tokenizer, notes):
    os.makedirs(folder, exist_ok=True)
    np.savez(os.path.join(folder, "weights.npz.tmp.npz"), **gguf_tensors(average, shape))
    os.replace(os.path.join(folder, "weights.npz.tmp.npz"), os.path.join(folder, "weights.npz"))
    tokenizer.save(os.path.join(folder, "tokenizer.json"))
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as f:
        json.dump({"shape": dataclasses.asdict(shape), "training": notes}, f, indent=1)


def optimizer_for(model, args):
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": args.decay},
              {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=args.lr, betas=(0.9, 0.98), fused=True)


class Run:
    def __init__(self, args):
        self.args = args
        with open(args.text, encoding="ascii") as f:
            text = f.read()
        cut = len(text) * 9 // 10
        self.valid = text[cut:]
        self.tokenizer = Tokenizer(learn_merges(text[:cut], args.vocab - 257))
        self.valid_tokens = self.tokenizer.encode(self.valid)
        assert self.tokenizer.decode(self.valid_tokens) == self.valid
        self.shape = Shape(n_vocab=args.vocab)
        self.rows = Rows(text[:cut], self.tokenizer, self.shape.n_ctx, args.passages, args.seed)
        self.model = Decoder(self.shape, args.dropout)
        self.judged = Decoder(self.shape).eval()
        self.average = {k: v.clone() for k, v in self.model.state_dict().items()}
        self.optimizer = optimizer_for(self.model, args)
        self.best, self.begin = math.inf, time.monotonic()

    def progress(self, step):
        minutes = (time.monotonic() - self.begin) / 60
        return max(step / self.args.steps, minutes / self.args.minutes)

    def step(self, step):
        """Linear warm-up over 100 steps, then a cosine from the full rate to 2 % of it."""
        cosine = (1 + math.cos(math.pi * min(1.0, self.progress(step)))) / 2
        rate = self.args.lr * min(1.0, (step + 1) / 100) * (0.02 + 0.98 * cosine)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        batch = self.rows.batch(self.args.batch)
        logits = self.model(batch[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        keep = min(self.args.average, (step + 1) / (step + 10))
        with torch.no_grad():
            for name, value in self.model.state_dict().items():
                self.average[name].lerp_(value, 1 - keep)
        return loss.item()

    def judge(self, step, loss):
        self.judged.load_state_dict(self.average)
        nats = loss_per_byte(self.judged, self.valid_tokens, self.tokenizer.end, len(self.valid))
        minutes = (time.monotonic() - self.begin) / 60
        rate = step * self.args.batch * self.shape.n_ctx / minutes / 60
        mark = "*" if nats < self.best else ""
        print(f"step {step} train {loss:.3f} valid {nats:.4f} nats/byte {rate:.0f} tokens/s "
              f"{minutes:.1f} min {mark}", flush=True)
        if nats < self.best:
            self.best = nats
            notes = {"step": step, "nats_per_byte": nats, "valid_bytes": len(self.valid),
                     "valid_tokens": len(self.valid_tokens), "minutes": minutes,
                     "torch": torch.__version__, **vars(self.args)}
            save(self.args.out, self.average, self.shape, self.tokenizer, notes)


def main():
    args = arguments()
    torch.manual_seed(args.seed)
    run = Run(args)
    count = sum(p.numel() for p in run.model.parameters())
    print(f"{count} parameters, {len(run.rows.stream)} training tokens, validation "
          f"{len(run.valid)} bytes in {len(run.valid_tokens)} tokens", flush=True)
    step = 0
    while run.progress(step) < 1:
        loss = run.step(step)
        step += 1
        if step % args.every == 0 or step == 100 or run.progress(step) >= 1:
            run.judge(step, loss)
    print(f"best {run.best:.4f} nats per byte")


if __name__ == "__main__":
    main()
