#!/usr/bin/env python3
"""Whether transformers computes from an output folder what Sparsemesh does.

    python3 check_output.py FOLDER LOGITS.safetensors

LOGITS holds `ids` I64 [n, length] and `logits` F32 [n * length, vocabulary]. A dense folder is loaded as it is; the weights of a
pack-quantized or sparse-bitmask one are decoded here first, by code of its own, and a pack-quantized one is also loaded directly
where the package compressed-tensors is installed. Everything in float32. Exit 0 when no logit is off by more than 5e-5.
"""
import json
import os
import sys
import tempfile

import numpy
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

LIMIT = 5e-5
folder, expected = sys.argv[1], load_file(sys.argv[2])
with open(os.path.join(folder, "config.json")) as file:
    declared = json.load(file).get("quantization_config", {})


def stored():
    """All tensors of all shards."""
    names = sorted(n for n in os.listdir(folder) if n.startswith("model") and n.endswith(".safetensors"))
    return {k: v for n in names for k, v in load_file(os.path.join(folder, n)).items()}


def unpacked(packed, scale, shape, bits):
    """Row by row: all bits as one long string, cut into integers."""
    rows, cols = shape.tolist()
    octets = numpy.ascontiguousarray(packed.numpy()).view(numpy.uint8).reshape(rows, -1)
    stream = numpy.unpackbits(octets, axis=1, bitorder="little")[:, : cols * bits].reshape(rows, cols, bits)
    integers = stream.astype(numpy.int64) @ (1 << numpy.arange(bits)) - (1 << bits - 1)
    spread = scale.repeat_interleave(cols // scale.shape[1], dim=1)
    return torch.from_numpy(integers).to(scale.dtype) * spread


def filled(compressed, bitmask, shape):
    rows, cols = shape.tolist()
    kept = numpy.unpackbits(bitmask.numpy(), axis=1, bitorder="little")[:, :cols].astype(bool)
    weight = torch.zeros(rows, cols, dtype=compressed.dtype)
    weight[torch.from_numpy(kept)] = compressed
    return weight


def decoded(tensors):
    out = dict(tensors)
    for name in tensors:
        if name.endswith(".weight_packed"):
            base = name.removesuffix(".weight_packed")
            bits = declared["config_groups"]["group_0"]["weights"]["num_bits"]
            parts = [out.pop(f"{base}.weight_{p}") for p in ("packed", "scale", "shape")]
            out[base + ".weight"] = unpacked(*parts, bits)
        elif name.endswith(".bitmask"):
            base = name.removesuffix(".bitmask")
            out.pop(base + ".row_offsets")
            out[base + ".weight"] = filled(*(out.pop(f"{base}.{p}") for p in ("compressed", "bitmask", "shape")))
    return out


def models():
    if not declared:
        yield "dense, loaded by transformers", AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        return
    with tempfile.TemporaryDirectory() as plain:
        with open(os.path.join(folder, "config.json")) as file:
            config = {k: v for k, v in json.load(file).items() if k != "quantization_config"}
        with open(os.path.join(plain, "config.json"), "w") as file:
            json.dump(config, file)
        save_file(decoded(stored()), os.path.join(plain, "model.safetensors"), {"format": "pt"})
        yield "decoded", AutoModelForCausalLM.from_pretrained(plain, dtype=torch.float32)
    if declared.get("format") == "pack-quantized":
        try:
            import compressed_tensors  # noqa: F401
        except ImportError:
            print("compressed-tensors is not installed: not loaded directly")
            return
        yield "loaded by compressed-tensors", AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


worst = 0
for how, model in models():
    with torch.no_grad():
        logits = model.eval()(expected["ids"]).logits.float()
    off = (logits.flatten(0, 1) - expected["logits"]).abs().max().item()
    print(f"{how}: logits off by at most {off:.2e} (limit {LIMIT:.0e}, largest {logits.abs().max():.2f})")
    worst = max(worst, off)
sys.exit(0 if worst <= LIMIT else 1)
