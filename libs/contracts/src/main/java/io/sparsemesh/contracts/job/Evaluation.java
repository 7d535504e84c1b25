package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/// What is measured.
///
/// @param dense whether the unpruned model is measured too
/// @param perplexity perplexity suites
/// @param tasks zero-shot suites
/// @param maxPerplexityRatio how many times the dense model's perplexity the pruned model's may be
///     before the job stops measuring; absent for no limit
/// @param perBlock whether the perplexity suites are measured after each pruned block too
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Evaluation(
        boolean dense,
        List<Perplexity> perplexity,
        List<ZeroShot> tasks,
        Double maxPerplexityRatio,
        boolean perBlock) {

    public Evaluation {
        perplexity = List.copyOf(perplexity);
        tasks = List.copyOf(tasks);
    }

    /// Without a limit, of whole models only.
    public Evaluation(boolean dense, List<Perplexity> perplexity, List<ZeroShot> tasks) {
        this(dense, perplexity, tasks, null, false);
    }

    /// @param name unique among the job's suites; `A-Z a-z 0-9 . _ -`
    /// @param protocol [#GPTQ] or [#LM_EVAL]
    /// @param sequenceLength tokens that a window predicts, and one more for [#GPTQ]
    public record Perplexity(String name, TextSource source, String protocol, int sequenceLength) {

        /// The paper's: one joined text in windows without overlap.
        public static final String GPTQ = "gptq";

        /// That of lm-evaluation-harness: each text by itself in rolling windows.
        public static final String LM_EVAL = "lm-eval";
    }

    /// @param name unique among the job's suites; a known task (`piqa`), or any for own JSONL
    /// @param format how lines are read, absent if the name says so
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ZeroShot(String name, String uri, TaskTemplate format) {

        /// Read as the name says.
        public ZeroShot(String name, String uri) {
            this(name, uri, null);
        }
    }
}
