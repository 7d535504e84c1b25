package io.sparsemesh.contracts.evaluation;

import java.util.LinkedHashMap;
import java.util.Map;

/// Sums over some items of a suite, from which its metrics follow. Sums of slices are added in
/// slice order, so the metrics do not depend on which evaluator was faster.
///
/// An item is a window for `PERPLEXITY` and `ROLLING`, else a question. Unused sums are 0.
///
/// @param kind what is measured
/// @param items number of items
/// @param logLikelihood `PERPLEXITY`: sum over windows of the mean next-token log-likelihood;
///     `ROLLING`: sum over all tokens; `LAST_WORD`: sum of the target's log-likelihood; else 0
/// @param tokens predicted tokens
/// @param correct items whose best choice (`LAST_WORD`: greedy text) is right
/// @param correctNormed items whose best choice by log-likelihood per character is right
/// @param words words of the texts, for `ROLLING`
/// @param bytes bytes of the texts in UTF-8, for `ROLLING`
/// @param truncated questions that lost their beginning, as they are longer than the model takes
public record Tally(
        Kind kind,
        long items,
        double logLikelihood,
        long tokens,
        long correct,
        long correctNormed,
        long words,
        long bytes,
        long truncated) {

    /// What a suite measures.
    public enum Kind {
        /// Windows of one text, each counted alike.
        PERPLEXITY,
        /// Whole texts, by word and by byte.
        ROLLING,
        /// The best of several choices, by likelihood and by likelihood per character.
        CHOICE,
        /// The best of several choices, by likelihood alone.
        ACCURACY,
        /// The last word of a text.
        LAST_WORD;

        /// Whether it is a perplexity suite's, not a zero-shot task's.
        public boolean isPerplexity() {
            return this == PERPLEXITY || this == ROLLING;
        }
    }

    /// Without words and bytes, and with nothing cut off.
    public Tally(
            Kind kind,
            long items,
            double logLikelihood,
            long tokens,
            long correct,
            long correctNormed) {
        this(kind, items, logLikelihood, tokens, correct, correctNormed, 0, 0, 0);
    }

    public static Tally none(Kind kind) {
        return new Tally(kind, 0, 0, 0, 0, 0);
    }

    /// The tally of whole texts.
    public static Tally rolling(
            long windows, double logLikelihood, long tokens, long words, long bytes) {
        return new Tally(Kind.ROLLING, windows, logLikelihood, tokens, 0, 0, words, bytes, 0);
    }

    /// This tally with another number of questions that lost their beginning.
    public Tally withTruncated(long count) {
        return new Tally(
                kind, items, logLikelihood, tokens, correct, correctNormed, words, bytes, count);
    }

    public Tally plus(Tally other) {
        if (other.kind != kind) {
            throw new IllegalArgumentException("tally of " + kind + " plus " + other.kind);
        }
        return new Tally(
                kind,
                items + other.items,
                logLikelihood + other.logLikelihood,
                tokens + other.tokens,
                correct + other.correct,
                correctNormed + other.correctNormed,
                words + other.words,
                bytes + other.bytes,
                truncated + other.truncated);
    }

    /// The metrics by name; empty without items.
    ///
    /// - `PERPLEXITY`: `perplexity = exp(-logLikelihood / items)`
    /// - `ROLLING`: `word_perplexity = exp(-logLikelihood / words)`, `byte_perplexity` alike,
    ///   `bits_per_byte = -logLikelihood / bytes / ln 2`
    /// - `CHOICE`: `acc`, `acc_stderr`, `acc_norm`, `acc_norm_stderr`
    /// - `ACCURACY`: `acc`, `acc_stderr`
    /// - `LAST_WORD`: `acc`, `acc_stderr`, `perplexity = exp(-logLikelihood / items)`
    /// - `truncated` beside them, when there are any
    public Map<String, Double> metrics() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        if (items == 0) {
            return metrics;
        }
        switch (kind) {
            case PERPLEXITY -> metrics.put("perplexity", perplexity(items));
            case ROLLING -> putPerWordAndByte(metrics);
            case CHOICE -> {
                putShare(metrics, "acc", correct);
                putShare(metrics, "acc_norm", correctNormed);
            }
            case ACCURACY -> putShare(metrics, "acc", correct);
            case LAST_WORD -> {
                putShare(metrics, "acc", correct);
                metrics.put("perplexity", perplexity(items));
            }
        }
        if (truncated > 0) {
            metrics.put("truncated", (double) truncated);
        }
        return metrics;
    }

    private double perplexity(long parts) {
        return Math.exp(-logLikelihood / parts);
    }

    /// A slice may be too small to have a word of its own.
    private void putPerWordAndByte(Map<String, Double> metrics) {
        if (words > 0) {
            metrics.put("word_perplexity", perplexity(words));
        }
        if (bytes > 0) {
            metrics.put("byte_perplexity", perplexity(bytes));
            metrics.put("bits_per_byte", -logLikelihood / bytes / Math.log(2));
        }
    }

    /// A mean of zeros and ones, and its standard error: sample deviation over root n.
    private void putShare(Map<String, Double> metrics, String name, long hits) {
        double mean = (double) hits / items;
        metrics.put(name, mean);
        if (items > 1) {
            metrics.put(name + "_stderr", Math.sqrt(mean * (1 - mean) / (items - 1)));
        }
    }
}
