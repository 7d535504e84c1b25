package io.sparsemesh.contracts.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.job.BlockShare;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a finished task yields: artifacts by reference, and numbers.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = TaskOutput.Calibrated.class, name = "calibrated"),
    @JsonSubTypes.Type(value = TaskOutput.Profiled.class, name = "profiled"),
    @JsonSubTypes.Type(value = TaskOutput.Allocated.class, name = "allocated"),
    @JsonSubTypes.Type(value = TaskOutput.Solved.class, name = "solved"),
    @JsonSubTypes.Type(value = TaskOutput.SolvedCandidates.class, name = "solvedCandidates"),
    @JsonSubTypes.Type(value = TaskOutput.Assembled.class, name = "assembled"),
    @JsonSubTypes.Type(value = TaskOutput.Kept.class, name = "kept"),
    @JsonSubTypes.Type(value = TaskOutput.Evaluated.class, name = "evaluated"),
    @JsonSubTypes.Type(value = TaskOutput.Reported.class, name = "reported")
})
public sealed interface TaskOutput {

    /// @param hidden states entering the block, safetensors, F32 `hidden`
    ///     `[sequences, length, width]`
    /// @param grams by group name: `sum X^T X` over the shard's tokens, safetensors, F32 `gram`,
    ///     `[inputs, inputs]` as [io.sparsemesh.contracts.artifact.UpperStrips], neither scaled nor
    ///     damped; of an expert's groups also I64 `tokens`, how many got to it, and `gram_every`,
    ///     the sum over every token, where those were few;
    ///     where the dense model goes along also F32 `cross` `[inputs, inputs]`, row i, column j:
    ///     the sum of its input i times this model's input j, and in `hidden` its states, `dense`
    /// @param sequences calibration sequences in the shard
    /// @param tokens tokens in the shard
    /// @param idsSha256 digest over the shard's token ids as little-endian I64
    record Calibrated(
            ArtifactRef hidden,
            Map<String, ArtifactRef> grams,
            long sequences,
            long tokens,
            String idsSha256)
            implements TaskOutput {

        public Calibrated {
            grams = Collections.unmodifiableMap(new TreeMap<>(grams));
        }
    }

    /// @param linears in the task's order
    record Profiled(List<LinearProfile> linears) implements TaskOutput {
        public Profiled {
            linears = List.copyOf(linears);
        }
    }

    /// What is known of a linear before its sparsity is chosen.
    ///
    /// @param name full name without `.weight`
    /// @param weights how many it has
    /// @param ladder what several sparsities cost, by rising sparsity; empty for `owl`
    /// @param outlierRatio share of its weighted inputs, `|W_ij| |X_j|`, that are far above the
    ///     block's mean; absent for `budget`
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record LinearProfile(String name, long weights, List<Level> ladder, Double outlierRatio) {
        public LinearProfile {
            ladder = List.copyOf(ladder);
        }
    }

    /// @param sparsity share of zeros
    /// @param error relative error of the linear's output, as [LayerReport#relativeError]
    record Level(double sparsity, double error) {}

    /// @param shares JSON artifact: a [Shares]
    /// @param predictedErrors by candidate, what the allocation made least; none for `owl`
    /// @param blocks mean sparsity of the allocated linears of each block
    record Allocated(
            ArtifactRef shares, Map<String, Double> predictedErrors, List<BlockShare> blocks)
            implements TaskOutput {
        public Allocated {
            predictedErrors = Collections.unmodifiableMap(new TreeMap<>(predictedErrors));
            blocks = List.copyOf(blocks);
        }
    }

    /// @param weights pruned weights of all linears of the task, safetensors, named, shaped and
    ///     typed as in the checkpoint; where they are quantised symmetrically, with the scales
    ///     `NAME.weight_scale` `[rows, groups]`
    /// @param layers one report a linear, in the task's order
    record Solved(ArtifactRef weights, List<LayerReport> layers) implements TaskOutput {
        public Solved {
            layers = List.copyOf(layers);
        }
    }

    /// One Gram matrix' factor, and several checkpoints' weights.
    ///
    /// @param candidates by name
    record SolvedCandidates(Map<String, Solved> candidates) implements TaskOutput {
        public SolvedCandidates {
            candidates = Collections.unmodifiableMap(new TreeMap<>(candidates));
        }
    }

    /// @param outputUri the folder
    /// @param sha256 digest over the lines `sha256  name` of `files`, sorted by name
    /// @param sparsity share of zeros over all pruned linears
    /// @param files every file of the folder
    record Assembled(String outputUri, String sha256, double sparsity, List<FileDigest> files)
            implements TaskOutput {
        public Assembled {
            files = List.copyOf(files);
        }
    }

    /// @param slice sums over the slice
    record Evaluated(Tally slice) implements TaskOutput {}

    /// @param candidate whose checkpoint is the job's now
    /// @param checkpoint what was said of it, in its new place
    record Kept(String candidate, Assembled checkpoint) implements TaskOutput {}

    /// @param report the report file
    record Reported(FileDigest report) implements TaskOutput {}

    /// What a solve did to one linear.
    ///
    /// @param name full name without `.weight`
    /// @param rows outputs
    /// @param cols inputs
    /// @param sparsity share of zeros
    /// @param zeros number of zeros
    /// @param relativeError `||W'X - WX||^2 / ||WX||^2` on the calibration activations; absent
    ///     without calibration
    /// @param dampingUsed share of the mean diagonal that made the factorisation succeed; absent
    ///     without calibration
    /// @param precision `F32` or `F64`, that of the factorisation; absent without calibration
    /// @param fallback what was done other than asked, empty if nothing
    /// @param tokens calibration tokens; of an expert those that got to it
    /// @param millis wall time, shared parts counted to the group's first linear
    /// @param target share of zeros or `n:m` that was asked for
    /// @param refit what the refit did; absent without one
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record LayerReport(
            String name,
            long rows,
            long cols,
            double sparsity,
            long zeros,
            Double relativeError,
            Double dampingUsed,
            String precision,
            String fallback,
            long tokens,
            long millis,
            String target,
            Refit refit) {

        /// Without a refit.
        public LayerReport(
                String name,
                long rows,
                long cols,
                double sparsity,
                long zeros,
                Double relativeError,
                Double dampingUsed,
                String precision,
                String fallback,
                long tokens,
                long millis,
                String target) {
            this(
                    name,
                    rows,
                    cols,
                    sparsity,
                    zeros,
                    relativeError,
                    dampingUsed,
                    precision,
                    fallback,
                    tokens,
                    millis,
                    target,
                    null);
        }
    }

    /// What a refit did to a linear.
    ///
    /// @param errorBefore relative error to what the layer aims at, without it
    /// @param errorAfter the same with the refitted weights
    /// @param iterations steps of conjugate gradient
    /// @param kept whether the refitted weights stay: only where the error fell
    record Refit(double errorBefore, double errorAfter, int iterations, boolean kept) {}
}
