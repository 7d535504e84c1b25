package io.sparsemesh.contracts.evaluation;

import java.util.LinkedHashMap;
import java.util.Map;

/// Sums over some items of a suite, from which its metrics follow. Sums of slices are added in
/// slice order, so the metrics do not depend on which evaluator was faster.
///
/// An item is a window for perplexity, else a question. Unused sums are 0.
///
/// @param kind what is measured
/// @param items number of items
/// @param logLikelihood `PERPLEXITY`: sum over windows of the mean next-token log-likelihood;
///     `LAST_WORD`: sum of the target's log-likelihood; else 0
/// @param tokens predicted tokens
/// @param correct items whose best choice (`LAST_WORD`: greedy text) is right
/// @param correctNormed items whose best choice by log-likelihood per character is right
public record Tally(
        Kind kind,
        long items,
        double logLikelihood,
        long tokens,
        long correct,
        long correctNormed) {

    /// What a suite measures.
    public enum Kind {
        PERPLEXITY,
        CHOICE,
        LAST_WORD
    }

    public static Tally none(Kind kind) {
        return new Tally(kind, 0, 0, 0, 0, 0);
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
                correctNormed + other.correctNormed);
    }

    /// The metrics by name; empty without items.
    ///
    /// - `PERPLEXITY`: `perplexity = exp(-logLikelihood / items)`
    /// - `CHOICE`: `acc`, `acc_stderr`, `acc_norm`, `acc_norm_stderr`
    /// - `LAST_WORD`: `acc`, `acc_stderr`, `perplexity = exp(-logLikelihood / items)`
    public Map<String, Double> metrics() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        if (items == 0) {
            return metrics;
        }
        switch (kind) {
            case PERPLEXITY -> metrics.put("perplexity", Math.exp(-logLikelihood / items));
            case CHOICE -> {
                putShare(metrics, "acc", correct);
                putShare(metrics, "acc_norm", correctNormed);
            }
            case LAST_WORD -> {
                putShare(metrics, "acc", correct);
                metrics.put("perplexity", Math.exp(-logLikelihood / items));
            }
        }
        return metrics;
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
