#!/usr/bin/env python3
"""Writes reference.csv and likelihoods.csv: what PyTorch and transformers say about the suites of ReferenceTest.

Independent of the project: Hugging Face's own models (float32, eager attention) and tokenizers, one sequence at a time.
Usage, from the project's root, with the test data in ../shared:
    pip install torch transformers tokenizers safetensors
    python3 evaluator/src/test/python/make_reference.py evaluator/src/test/resources
A suite's first `items` items are measured; `log_likelihood` and `correct*` are those of the project's Tally. likelihoods.csv has
every request of the first items by itself: `ids` is the CRC-32 of its token ids, written in decimal with commas between them.
"""
import json
import math
import re
import statistics
import sys
import zlib

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

DEMO, SHARED, OWN = "deploy/demo", "../shared", "evaluator/src/test/resources/tasks"
MODELS = {
    "demo": DEMO + "/valley-opt",
    "stories260K": SHARED + "/models/stories260K",
    "babyllama-105": SHARED + "/models/babyllama-105",
}
OWN_TASKS = ["openbookqa", "hellaswag", "winogrande", "boolq", "storycloze", "colours"]
# model, suite, file, slices of which the first is measured
ZERO_SHOT = [
    ("demo", "facts", DEMO + "/facts.jsonl", 1),
    ("demo", "choice", DEMO + "/choice.jsonl", 1),
    ("demo", "cloze", DEMO + "/cloze.jsonl", 1),
    ("demo", "arc_easy", SHARED + "/zeroshot/arc_easy.jsonl", 20),
    ("demo", "lambada_openai", SHARED + "/zeroshot/lambada_openai.jsonl", 40),
    ("demo", "piqa", SHARED + "/zeroshot/piqa.jsonl", 20),
    ("stories260K", "piqa", SHARED + "/zeroshot/piqa.jsonl", 20),
    ("stories260K", "arc_easy", SHARED + "/zeroshot/arc_easy.jsonl", 20),
    ("stories260K", "lambada_openai", SHARED + "/zeroshot/lambada_openai.jsonl", 40),
    ("babyllama-105", "arc_challenge", SHARED + "/zeroshot/arc_easy.jsonl", 80),
] + [(model, task, f"{OWN}/{task}.jsonl", 1) for task in OWN_TASKS for model in ("demo", "stories260K")]
# model, suite, file, what is between texts, tokens of a window
GPTQ = [
    ("demo", "test", DEMO + "/test.txt", "", 256),
    ("demo", "cloze", DEMO + "/cloze.jsonl", "\n\n", 100),
    ("demo", "wikitext2", DEMO + "/cloze.jsonl", "\n\n", 100),
    ("demo", "ptb", DEMO + "/cloze.jsonl", " ", 100),
    ("demo", "c4", DEMO + "/cloze.jsonl", " ", 100),
]
# model, suite, file, tokens of a window
LM_EVAL = [
    ("demo", "pages", OWN + "/pages.jsonl", 16),
    ("demo", "articles", OWN + "/articles.raw", 256),
    ("stories260K", "pages", OWN + "/pages.jsonl", 16),
    ("stories260K", "pages", OWN + "/pages.jsonl", 17),
    ("stories260K", "pages", OWN + "/pages.jsonl", 256),
    ("stories260K", "articles", OWN + "/articles.raw", 40),
    ("babyllama-105", "pages", OWN + "/pages.jsonl", 64),
]
LIKELIHOODS = 12  # items of each zero-shot suite in likelihoods.csv


def log_probs(model, ids):
    with torch.no_grad():
        return torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), dim=-1)


def clean(text):
    """HellaSwag without what the WikiHow part has in brackets"""
    return re.sub(r"\[.*?\]", "", text.strip().replace(" [title]", ". ")).replace("  ", " ")


def labelled(line, context):
    return [context] * len(line["choices"]["text"]), line["choices"]["text"], line["choices"]["label"].index(line["answerKey"].strip())


def piqa(d):
    return [f"Question: {d['goal']}\nAnswer:"] * 2, [d["sol1"], d["sol2"]], d["label"]


def hellaswag(d):
    context = clean(d["activity_label"] + ": " + d["ctx_a"] + " " + d["ctx_b"].capitalize())
    return [context] * len(d["endings"]), [clean(e) for e in d["endings"]], int(d["label"])


def winogrande(d):
    at = d["sentence"].index("_")
    return [d["sentence"][:at] + d["option1"], d["sentence"][:at] + d["option2"]], [d["sentence"][at + 1 :].strip()] * 2, int(d["answer"]) - 1


def boolq(d):
    return [f"{d['passage']}\nQuestion: {d['question']}?\nAnswer:"] * 2, ["no", "yes"], int(d["answer"] if "answer" in d else d["label"])


def storycloze(d):
    return [" ".join(d[f"input_sentence_{i}"] for i in range(1, 5))] * 2, [d["sentence_quiz1"], d["sentence_quiz2"]], d["answer_right_ending"] - 1


def colours(d):
    return [f"{d['item']['n']}. {d['item']['thing']} is"] * 3, d["options"], d["names"].index(d["best"])


def own(d):
    return [d["query"]] * len(d["choices"]), d["choices"], d["gold"]


TASKS = {
    "piqa": piqa, "hellaswag": hellaswag, "winogrande": winogrande, "boolq": boolq, "storycloze": storycloze, "colours": colours,
    "arc_easy": lambda d: labelled(d, f"Question: {d['question']}\nAnswer:"),
    "arc_challenge": lambda d: labelled(d, f"Question: {d['question']}\nAnswer:"),
    "openbookqa": lambda d: labelled(d, d["question_stem"]),
}
BY_LIKELIHOOD_ALONE = {"winogrande", "boolq", "storycloze"}


def question(suite, line):
    """contexts and continuations of each request, index of the right one (None: last word)"""
    if "text" in line:
        words = line["text"].split(" ")
        return [" ".join(words[:-1])], [words[-1]], None
    return TASKS.get(suite, own)(line)


def ask(model, tokenizer, context, continuation):
    """log-likelihood, whether greedy, tokens scored, whether cut, token ids that were used"""
    positions = model.config.max_position_embeddings
    whole = tokenizer.encode(context + " " + continuation).ids
    n = len(whole) - len(tokenizer.encode(context.rstrip()).ids)
    kept = whole[-(positions + 1) :]
    n = min(n, len(kept) - 1)
    found = log_probs(model, kept[:-1])[-n:]
    target = torch.tensor(kept[-n:])
    ll = found.gather(1, target[:, None]).sum().item()
    return ll, bool((found.argmax(dim=1) == target).all()), n, len(kept) < len(whole), kept


def zero_shot(name, suite, file, slices, model, tokenizer, likelihoods):
    lines = [json.loads(l) for l in open(file, encoding="utf-8")]
    lines = lines[: len(lines) // slices]
    total, tokens, truncated, correct, normed = 0.0, 0, 0, [], []
    for i, line in enumerate(lines):
        contexts, continuations, gold = question(suite, line)
        answers = [ask(model, tokenizer, a, b) for a, b in zip(contexts, continuations)]
        for j, (ll, greedy, n, _, ids) in enumerate(answers):
            if i < LIKELIHOODS:
                crc = zlib.crc32(",".join(map(str, ids)).encode())
                print(f"{name},{suite},{file},{i},{j},{n},{crc},{str(greedy).lower()},{ll:.6f}", file=likelihoods)
        tokens += sum(a[2] for a in answers)
        truncated += any(a[3] for a in answers)
        lls = [a[0] for a in answers]
        if gold is None:
            total += lls[0]
            correct.append(float(answers[0][1]))
        else:
            correct.append(float(lls.index(max(lls)) == gold))
            if suite not in BY_LIKELIHOOD_ALONE:
                per = [ll / len(c) for ll, c in zip(lls, continuations)]
                normed.append(float(per.index(max(per)) == gold))
    n = len(lines)
    deviation = statistics.stdev(correct) / math.sqrt(n)
    return n, tokens, sum(correct), sum(normed), total, statistics.mean(correct), deviation, 0, 0, truncated


def gptq(file, separator, length, model, tokenizer):
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
    return n, n * (length - 1), 0, 0, total, math.exp(-total / n), 0, 0, 0, 0


def articles(text):
    """WikiText by article, each from its title on"""
    found, article = [], []
    for line in text.split("\n"):
        marks = line.replace("= = =", "===").replace("= =", "==").strip()
        if marks.startswith("= ") and marks.endswith(" ="):
            found.append("\n".join(article))
            article = []
        article.append(line)
    return [a for a in found + ["\n".join(article)] if a.strip()]


def detokenised(text):
    """as the harness' task wikitext scores an article"""
    for a, b in [("s '", "s'"), (" @-@ ", "-"), (" @,@ ", ","), (" @.@ ", ".")] + [(f" {c} ", f"{c} ") for c in ":;.!?,"]:
        text = text.replace(a, b)
    for a, b in ["()", "[]", "{}", '""', "''"]:
        text = re.sub(rf"\{a}\s*([^\{b}]*?)\s*\{b}", lambda m: a + m.group(1) + b, text)
    for a, b in [("= = = =", "===="), ("= = =", "==="), ("= =", "=="), (" ° ", "°"), (" \n", "\n"), ("\n ", "\n"), (" N ", " 1 "), (" 's", "'s")]:
        text = text.replace(a, b)
    return text


def lm_eval(file, length, model, tokenizer, prefix):
    text = open(file, encoding="utf-8").read()
    if file.endswith(".raw"):
        pages = [(detokenised(a), a) for a in articles(text)]
    else:
        pages = [(json.loads(l)["body"],) * 2 for l in text.splitlines()]
    windows, total, tokens, words, size = 0, 0.0, 0, 0, 0
    for scored, counted in pages:
        ids = [prefix] + tokenizer.encode(scored, add_special_tokens=False).ids
        done = 1
        while done < len(ids):
            end = min(done + length, len(ids))
            window = ids[max(0, end - length - 1) : end]
            n = end - done
            found = log_probs(model, window[:-1])[-n:]
            total += found.gather(1, torch.tensor(window[-n:])[:, None]).sum().item()
            tokens, windows, done = tokens + n, windows + 1, end
        words += len(re.split(r"\s+", counted))
        size += len(counted.encode("utf-8"))
    return windows, tokens, 0, 0, total, math.exp(-total / words), 0, words, size, 0


def load(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return model, tokenizer, tokenizer.token_to_id(json.load(open(folder + "/tokenizer_config.json"))["bos_token"])


def main(folder):
    torch.manual_seed(0)
    loaded = {name: load(path) for name, path in MODELS.items()}
    likelihoods = open(folder + "/likelihoods.csv", "w", encoding="utf-8")
    table = open(folder + "/reference.csv", "w", encoding="utf-8")
    print("model,suite,file,item,request,tokens,ids,greedy,log_likelihood", file=likelihoods)
    print("model,suite,file,kind,slices_or_window,items,tokens,correct,correct_normed,log_likelihood,metric,stderr,words,bytes,truncated", file=table)
    for name, suite, file, slices in ZERO_SHOT:
        model, tokenizer, _ = loaded[name]
        write(table, name, suite, file, "zero-shot", slices, zero_shot(name, suite, file, slices, model, tokenizer, likelihoods))
    for name, suite, file, separator, length in GPTQ:
        model, tokenizer, _ = loaded[name]
        write(table, name, suite, file, "gptq", length, gptq(file, separator, length, model, tokenizer))
    for name, suite, file, length in LM_EVAL:
        write(table, name, suite, file, "lm-eval", length, lm_eval(file, length, *loaded[name]))


def write(table, name, suite, file, kind, number, row):
    items, tokens, correct, normed, total, metric, deviation, words, size, truncated = row
    counts = f"{items},{tokens},{int(correct)},{int(normed)},{total:.6f},{metric:.6f},{deviation:.6f},{words},{size},{truncated}"
    print(f"{name},{suite},{file},{kind},{number},{counts}", file=table, flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
