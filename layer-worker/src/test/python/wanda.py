"""The perplexity of a LLaMA model pruned by Wanda (arXiv 2306.11695), block after block.

    python wanda.py MODEL_DIR 0.5|2:4

Prunes by |w| * ||x||_2 in each row with the statistics of `calib` (32 x 256 tokens) of
MODEL_DIR/ids.safetensors, and measures `test` in windows of 256. Needs torch and transformers.
"""
import math
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

folder, target = sys.argv[1:3]
ids = load_file(f"{folder}/ids.safetensors")
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
calibration = ids["calib"][:32, :256]


def drop(weight, norms):
    saliency = weight.abs() * norms
    rows, cols = weight.shape
    if ":" in target:
        n, m = map(int, target.split(":"))
        for left in range(0, cols, m):
            least = torch.sort(saliency[:, left : left + m], dim=1, stable=True).indices[:, : m - n]
            weight.scatter_(1, left + least, 0)
    else:
        least = torch.sort(saliency, dim=1, stable=True).indices[:, : int(float(target) * cols)]
        weight.scatter_(1, least, 0)


with torch.no_grad():
    for block in model.model.layers:
        linears = [m for m in block.modules() if isinstance(m, torch.nn.Linear)]
        sums = {}

        def collect(module, inputs, _):
            x = inputs[0].flatten(0, -2)
            sums[module] = sums.get(module, 0) + (x.double() ** 2).sum(0)

        hooks = [linear.register_forward_hook(collect) for linear in linears]
        for row in calibration:
            model(row[None])
        for hook in hooks:
            hook.remove()
        for linear in linears:
            drop(linear.weight, sums[linear].sqrt().float())
    tokens = ids["test"].flatten()
    windows = tokens[: tokens.numel() // 256 * 256].view(-1, 256)
    losses = []
    for row in windows:
        logits = model(row[None]).logits[0, :-1]
        losses.append(torch.nn.functional.cross_entropy(logits, row[1:]).item())
print(f"{math.exp(sum(losses) / len(losses)):.6f}")
