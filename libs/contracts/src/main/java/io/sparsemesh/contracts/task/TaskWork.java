package io.sparsemesh.contracts.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.ExpertTokens;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.Output;
import java.util.List;

/// What a worker is to do. Everything that it needs stands in it or in artifacts that it names.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = TaskWork.Calibrate.class, name = "calibrate"),
    @JsonSubTypes.Type(value = TaskWork.Profile.class, name = "profile"),
    @JsonSubTypes.Type(value = TaskWork.Allocate.class, name = "allocate"),
    @JsonSubTypes.Type(value = TaskWork.Solve.class, name = "solve"),
    @JsonSubTypes.Type(value = TaskWork.Assemble.class, name = "assemble"),
    @JsonSubTypes.Type(value = TaskWork.Keep.class, name = "keep"),
    @JsonSubTypes.Type(value = TaskWork.Evaluate.class, name = "evaluate"),
    @JsonSubTypes.Type(value = TaskWork.Report.class, name = "report")
})
public sealed interface TaskWork {

    TaskKind kind();

    /// Brings the hidden states of one shard to block `block` and accumulates the partial Gram
    /// matrices of that block's inputs with its dense weights.
    ///
    /// The states start as the embeddings of the shard's token ids when `hidden` is empty, else as
    /// the artifact `hidden` (entering block `from`). They pass the blocks `from` to `block - 1`:
    /// with the weights of `overrides` in place of the checkpoint's where those have a tensor of
    /// that name. They then enter block `block` and are stored.
    ///
    /// With the weights of `overrides` in place of block `block`'s own too: with true-sequential
    /// propagation its linears are pruned one group after the other. States that come in at block
    /// `block` itself are not stored again.
    ///
    /// With `cross` the dense model's states are kept beside the pruned one's, and for each group
    /// the products of both models' inputs are summed too.
    ///
    /// @param shard index of the shard
    /// @param shards number of shards; shard i holds samples `i * n / shards` to
    ///     `(i + 1) * n / shards` (exclusive) of n
    /// @param from first block to pass
    /// @param groups input groups of the block whose Gram matrices are wanted
    /// @param hidden hidden states entering block `from`, none or one
    /// @param overrides pruned weights, outputs of [Solve]
    /// @param experts what becomes of experts that few tokens get to; the default if absent
    /// @param cross whether the dense model's states go along
    record Calibrate(
            String modelUri,
            Calibration calibration,
            int shard,
            int shards,
            int from,
            int block,
            List<String> groups,
            List<ArtifactRef> hidden,
            List<ArtifactRef> overrides,
            ExpertTokens experts,
            boolean cross)
            implements TaskWork {

        /// Of one model alone.
        public Calibrate(
                String modelUri,
                Calibration calibration,
                int shard,
                int shards,
                int from,
                int block,
                List<String> groups,
                List<ArtifactRef> hidden,
                List<ArtifactRef> overrides) {
            this(
                    modelUri,
                    calibration,
                    shard,
                    shards,
                    from,
                    block,
                    groups,
                    hidden,
                    overrides,
                    ExpertTokens.DEFAULT,
                    false);
        }

        /// Whether the states come in at the block itself, where a task before has stored them.
        public boolean continues() {
            return !hidden.isEmpty() && from == block;
        }

        public Calibrate {
            groups = List.copyOf(groups);
            hidden = List.copyOf(hidden);
            overrides = List.copyOf(overrides);
            experts = ExpertTokens.orDefault(experts);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.CALIBRATE;
        }
    }

    /// Sums the partial Gram matrices of one input group in the order given, factors once, and
    /// prunes the named linears.
    ///
    /// @param method one with several candidates yields a [TaskOutput.SolvedCandidates], any other
    ///     a [TaskOutput.Solved]
    /// @param linears full names, without `.weight`, of those linears of the group to be pruned
    /// @param grams partial Gram matrices in shard order; none for methods without calibration
    /// @param sequences calibration sequences behind all of `grams`
    /// @param allocation JSON artifact: the [Shares] of the allocated candidate, or of the only
    ///     one; absent for none
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Solve(
            String modelUri,
            Method method,
            int block,
            String group,
            List<String> linears,
            List<ArtifactRef> grams,
            long sequences,
            long tokens,
            ArtifactRef allocation)
            implements TaskWork {

        /// With the method's own targets.
        public Solve(
                String modelUri,
                Method method,
                int block,
                String group,
                List<String> linears,
                List<ArtifactRef> grams,
                long sequences,
                long tokens) {
            this(modelUri, method, block, group, linears, grams, sequences, tokens, null);
        }

        public Solve {
            linears = List.copyOf(linears);
            grams = List.copyOf(grams);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.SOLVE;
        }
    }

    /// Finds out what an allocation is made from: for `budget` the errors that pruning each linear
    /// to several sparsities makes, for `owl` the share of outliers among its weighted inputs.
    ///
    /// @param method with the one target
    /// @param parts groups of the block
    /// @param sequences calibration sequences behind the sums of each part
    record Profile(
            String modelUri,
            Method method,
            int block,
            List<Part> parts,
            long sequences,
            long tokens)
            implements TaskWork {

        public Profile {
            parts = List.copyOf(parts);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.PROFILE;
        }
    }

    /// Linears of a group.
    ///
    /// @param linears full names, without `.weight`
    /// @param grams partial Gram matrices in shard order
    record Part(String group, List<String> linears, List<ArtifactRef> grams) {
        public Part {
            linears = List.copyOf(linears);
            grams = List.copyOf(grams);
        }
    }

    /// Spreads the sparsity over the linears.
    ///
    /// @param manifest JSON artifact: an [AllocateManifest]
    record Allocate(ArtifactRef manifest) implements TaskWork {
        @Override
        public TaskKind kind() {
            return TaskKind.ALLOCATE;
        }
    }

    /// Makes one of several checkpoints the job's output, and removes the others.
    ///
    /// @param output where it goes
    /// @param candidate whose checkpoint stays
    /// @param folder in which it lies
    /// @param others folders of the others
    /// @param manifest JSON artifact: the [TaskOutput.Assembled] of that checkpoint
    record Keep(
            Output output,
            String candidate,
            String folder,
            List<String> others,
            ArtifactRef manifest)
            implements TaskWork {

        public Keep {
            others = List.copyOf(others);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.KEEP;
        }
    }

    /// Writes the output folder from the checkpoint and the outputs of all solve tasks, reopens
    /// and verifies it.
    ///
    /// @param manifest JSON artifact: an [AssembleManifest]
    record Assemble(String modelUri, Output output, ArtifactRef manifest) implements TaskWork {
        @Override
        public TaskKind kind() {
            return TaskKind.ASSEMBLE;
        }
    }

    /// Measures slice `slice` of `slices` of one suite; items `i * n / slices` to
    /// `(i + 1) * n / slices` of n (windows for perplexity).
    ///
    /// @param variant as [io.sparsemesh.contracts.plan.PlannedTask.Evaluate]
    /// @param modelUri folder of the variant's checkpoint
    /// @param perplexity the suite, none or one
    /// @param zeroShot the suite, none or one
    /// @param first the first blocks come from another checkpoint; absent if none does
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Evaluate(
            String variant,
            String modelUri,
            List<Evaluation.Perplexity> perplexity,
            List<Evaluation.ZeroShot> zeroShot,
            int slice,
            int slices,
            FirstBlocks first)
            implements TaskWork {

        /// Of one checkpoint.
        public Evaluate(
                String variant,
                String modelUri,
                List<Evaluation.Perplexity> perplexity,
                List<Evaluation.ZeroShot> zeroShot,
                int slice,
                int slices) {
            this(variant, modelUri, perplexity, zeroShot, slice, slices, null);
        }

        public Evaluate {
            perplexity = List.copyOf(perplexity);
            zeroShot = List.copyOf(zeroShot);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.EVALUATE;
        }
    }

    /// Blocks 0 to `blocks - 1` of the checkpoint in a folder.
    record FirstBlocks(String modelUri, int blocks) {}

    /// Writes `sparsemesh-report.json` into the output folder.
    ///
    /// @param manifest JSON artifact: a [ReportManifest]
    record Report(Output output, ArtifactRef manifest) implements TaskWork {
        @Override
        public TaskKind kind() {
            return TaskKind.REPORT;
        }
    }
}
