#!/usr/bin/env python3
"""Writes reference.csv: what PyTorch and transformers say about the suites of ReferenceTest.

Independent of the project: Hugging Face's own models (float32, eager attention) and tokenizers, one sequence at a time.
Usage, from the project's root, with the test data in ../shared:
    pip install torch transformers tokenizers safetensors
    python3 evaluator/src/test/python/make_reference.py > evaluator/src/test/resources/reference.csv
A suite's first `items` items are measured; `log_likelihood` and `correct*` are those of the project's Tally.
"""
import json
import math
import sys

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

DEMO, SHARED = "deploy/demo", "../shared"
MODELS = {"demo": DEMO + "/valley-opt", "stories260K": SHARED + "/models/stories260K"}
# model, suite, file, slices of which the first is measured (PIQA has answers longer than the demo model's 256 positions)
ZERO_SHOT = [
    ("demo", "facts", DEMO + "/facts.jsonl", 1),
    ("demo", "choice", DEMO + "/choice.jsonl", 1),
    ("demo", "cloze", DEMO + "/cloze.jsonl", 1),
    ("demo", "arc_easy", SHARED + "/zeroshot/arc_easy.jsonl", 20),
    ("demo", "lambada_openai", SHARED + "/zeroshot/lambada_openai.jsonl", 40),
    ("stories260K", "piqa", SHARED + "/zeroshot/piqa.jsonl", 20),
    ("stories260K", "arc_easy", SHARED + "/zeroshot/arc_easy.jsonl", 20),
    ("stories260K", "lambada_openai", SHARED + "/zeroshot/lambada_openai.jsonl", 40),
]
# model, suite, file, what is between texts, tokens of a window
PERPLEXITY = [
    ("demo", "test", DEMO + "/test.txt", "", 256),
    ("demo", "cloze", DEMO + "/cloze.jsonl", "\n\n", 100),
    ("demo", "wikitext2", DEMO + "/cloze.jsonl", "\n\n", 100),
    ("demo", "ptb", DEMO + "/cloze.jsonl", " ", 100),
    ("demo", "c4", DEMO + "/cloze.jsonl", " ", 100),
]


def log_probs(model, ids):
    with torch.no_grad():
        return torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), dim=-1)


def question(suite, line):
    """context, continuations, their lengths, index of the right one (None: last word)"""
    if "text" in line:
        words = line["text"].split(" ")
        return " ".join(words[:-1]), [" " + words[-1]], None, None
    if suite == "piqa":
        context, choices, gold = f"Question: {line['goal']}\nAnswer:", [line["sol1"], line["sol2"]], line["label"]
    elif suite.startswith("arc"):
        context, choices = f"Question: {line['question']}\nAnswer:", line["choices"]["text"]
        gold = line["choices"]["label"].index(line["answerKey"])
    else:
        context, choices, gold = line["query"], line["choices"], line["gold"]
    return context, [" " + c for c in choices], [len(c) for c in choices], gold


def ask(model, tokenizer, context, continuation):
    kept = context.rstrip()
    whole = tokenizer.encode(context + continuation).ids
    n = len(whole) - len(tokenizer.encode(kept).ids)
    whole = whole[-(model.config.max_position_embeddings + 1):]
    found = log_probs(model, whole[:-1])[-n:]
    target = torch.tensor(whole[-n:])
    ll = found.gather(1, target[:, None]).sum().item()
    return ll, bool((found.argmax(dim=1) == target).all()), n


def zero_shot(model, tokenizer, suite, file, slices):
    lines = [json.loads(l) for l in open(file, encoding="utf-8")]
    lines = lines[: len(lines) // slices]
    total, tokens, correct, normed = 0.0, 0, 0, 0
    for line in lines:
        context, continuations, lengths, gold = question(suite, line)
        answers = [ask(model, tokenizer, context, c) for c in continuations]
        tokens += sum(n for _, _, n in answers)
        lls = [ll for ll, _, _ in answers]
        if gold is None:
            total += lls[0]
            correct += answers[0][1]
        else:
            correct += lls.index(max(lls)) == gold
            per = [ll / n for ll, n in zip(lls, lengths)]
            normed += per.index(max(per)) == gold
    return len(lines), tokens, correct, normed, total


def perplexity(model, tokenizer, file, separator, length):
    text = open(file, encoding="utf-8").read()
    if file.endswith(".jsonl"):
        text = separator.join(json.loads(l)["text"] for l in text.splitlines())
    ids = tokenizer.encode(text).ids
    n = len(ids) // length
    total = 0.0
    for i in range(n):
        window = ids[i * length : (i + 1) * length]
        found = log_probs(model, window[:-1])
        total += found.gather(1, torch.tensor(window[1:])[:, None]).mean().item()
    return n, n * (length - 1), 0, 0, total


def main():
    torch.manual_seed(0)
    loaded = {}
    for name, folder in MODELS.items():
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
        tokenizer.no_truncation()
        tokenizer.no_padding()
        loaded[name] = (model, tokenizer)
    print("model,suite,file,kind,slices_or_window,items,tokens,correct,correct_normed,log_likelihood,metric")
    for name, suite, file, slices in ZERO_SHOT:
        row = zero_shot(*loaded[name], suite, file, slices)
        write(name, suite, file, "zero-shot", slices, row, row[2] / row[0])
    for name, suite, file, separator, length in PERPLEXITY:
        row = perplexity(*loaded[name], file, separator, length)
        write(name, suite, file, "perplexity", length, row, math.exp(-row[4] / row[0]))


def write(name, suite, file, kind, number, row, metric):
    items, tokens, correct, normed, total = row
    print(f"{name},{suite},{file},{kind},{number},{items},{tokens},{int(correct)},{int(normed)},{total:.6f},{metric:.6f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
