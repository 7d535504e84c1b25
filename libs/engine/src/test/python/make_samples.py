#!/usr/bin/env python3
"""Writes python-random.csv and samples.csv: what CPython's random draws, and the calibration samples drawn with it.

The samples are drawn as the code of the SparseGPT paper draws them (its datautils.py), from local files and with Hugging Face's
tokenizers. Usage, from the project's root, with the test data in ../shared:
    pip install tokenizers transformers
    python3 libs/engine/src/test/python/make_samples.py libs/engine/src/test/resources/corpus
`starts` are the first tokens of the samples in the whole text (of C4: document and place); `sha256` is over all token ids of all
samples, as little-endian 64 bit numbers.
"""
import hashlib
import json
import random
import struct
import sys

from tokenizers import Tokenizer
from transformers import AutoTokenizer

SHARED, DEMO, OWN = "../shared", "deploy/demo", "libs/engine/src/test/resources/corpus"
SEEDS = [0, 1, 7, -7, 4294967295, 4294967296, 123456789012345, -(2**63)]
BOUNDS = [1, 2, 3, 1000, 65536, 65537, 2147483647]
# sampler, tokenizer, file, samples, length, seed
SAMPLES = [
    ("wikitext2", "models/stories260K", SHARED + "/text/wikitext2/wiki.test.raw", 16, 256, 0),
    ("wikitext2", "models/stories260K", SHARED + "/text/wikitext2/wiki.train.first1MB.raw.txt", 8, 128, 3),
    ("wikitext2", "tokenizers/opt", SHARED + "/text/wikitext2/wiki.valid.raw", 8, 512, 42),
    ("ptb", "demo", OWN + "/sentences.txt", 6, 24, 1),
    ("ptb", "demo", DEMO + "/cloze.jsonl", 6, 100, 5),
    ("c4", "demo", DEMO + "/cloze.jsonl", 12, 28, 0),
    ("c4", "demo", DEMO + "/cloze.jsonl", 12, 28, 9),
]


def tokenizer(name):
    if name == "tokenizers/opt":  # vocabulary and merges only
        loaded = AutoTokenizer.from_pretrained(f"{SHARED}/{name}")
        return lambda text: loaded(text)["input_ids"]
    loaded = Tokenizer.from_file((DEMO + "/valley-opt" if name == "demo" else f"{SHARED}/{name}") + "/tokenizer.json")
    loaded.no_truncation()
    loaded.no_padding()
    return lambda text: loaded.encode(text).ids


def texts(sampler, file):
    """the rows that the data sets library has of such a file"""
    with open(file, encoding="utf-8") as lines:
        if file.endswith(".jsonl"):
            return [json.loads(line)["text"] for line in lines]
        if sampler == "ptb":
            return [line.strip() for line in lines]
        return [line if line.strip() else "" for line in lines]


def joined(rows, encode, samples, length):
    ids = encode(" ".join(rows))
    for _ in range(samples):
        i = random.randint(0, len(ids) - length - 1)
        yield str(i), ids[i : i + length]


def documents(rows, encode, samples, length):
    for _ in range(samples):
        while True:
            d = random.randint(0, len(rows) - 1)
            ids = encode(rows[d])
            if len(ids) > length:
                break
        i = random.randint(0, len(ids) - length - 1)
        yield f"{d}+{i}", ids[i : i + length]


def main(folder):
    with open(folder + "/python-random.csv", "w", encoding="utf-8") as out:
        print("seed,bound,drawn", file=out)
        for seed in SEEDS:
            for bound in BOUNDS:
                random.seed(seed)
                print(f"{seed},{bound},{' '.join(str(random.randint(0, bound - 1)) for _ in range(1300 if bound == 1000 else 5))}", file=out)
    with open(folder + "/samples.csv", "w", encoding="utf-8") as out:
        print("sampler,tokenizer,file,samples,length,seed,starts,sha256", file=out)
        for sampler, name, file, samples, length, seed in SAMPLES:
            random.seed(seed)
            draw = documents if sampler == "c4" else joined
            drawn = list(draw(texts(sampler, file), tokenizer(name), samples, length))
            assert all(len(ids) == length for _, ids in drawn)
            digest = hashlib.sha256(b"".join(struct.pack("<q", i) for _, ids in drawn for i in ids)).hexdigest()
            print(f"{sampler},{name},{file},{samples},{length},{seed},{' '.join(s for s, _ in drawn)},{digest}", file=out)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
