package io.sparsemesh.contracts.job;

import java.util.List;

/// What is measured.
///
/// @param dense whether the unpruned model is measured too
/// @param perplexity perplexity suites
/// @param tasks zero-shot suites
public record Evaluation(boolean dense, List<Perplexity> perplexity, List<ZeroShot> tasks) {

    public Evaluation {
        perplexity = List.copyOf(perplexity);
        tasks = List.copyOf(tasks);
    }

    /// @param name unique among the job's suites; `A-Z a-z 0-9 . _ -`
    /// @param protocol `gptq`
    public record Perplexity(String name, TextSource source, String protocol, int sequenceLength) {}

    /// @param name unique among the job's suites; a known task (`piqa`), or any for own JSONL
    public record ZeroShot(String name, String uri) {}
}
