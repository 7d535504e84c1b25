package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.model.InputGroup;
import io.sparsemesh.contracts.model.Linear;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Matrices that a task holds on its device at a time, in bytes. All are F32.
///
/// @param shards calibration shards, 0 without calibration
record Holdings(JobRequest request, Architecture model, int shards) {

    private static final long F32 = 4;

    /// Tokens that go through a block at a time, about.
    private static final long BATCH_TOKENS = 2048;

    /// Tokens that are scored together.
    static final long CHUNK_TOKENS = 1 << 14;

    /// Logits that are in memory at a time.
    private static final long LOGITS = 1 << 24;

    /// Directions of a refit's preconditioner.
    private static final long RANK = 32;

    /// Columns that the solver sums errors for together.
    private static final long PANEL = 512;

    /// A shard's states, which the block takes apart, and their copy; the block; what its passes
    /// need; the sums.
    long calibrate() {
        long grams = model.groups().stream().mapToLong(g -> g.inputs() * g.inputs()).sum();
        int models = Traffic.models(request);
        long states = (models + 1) * tokens() * model.hidden();
        return (states + models * (Traffic.weights(model.groups()) + grams) + paired(models)) * F32
                + kept();
    }

    /// A batch of both models' states, and of the dense one's inputs.
    private long paired(int models) {
        long inputs = model.groups().stream().mapToLong(InputGroup::inputs).sum();
        return models == 1
                ? 0
                : batch(tokens(), request.calibration().sequenceLength())
                        * (2 * model.hidden() + inputs);
    }

    /// What passes need stays with the open model, from one task of a worker to the next.
    long kept() {
        return shards == 0
                ? 0
                : pass(batch(tokens(), request.calibration().sequenceLength())) * F32;
    }

    /// Of the last shard, which is no smaller than the others.
    private long tokens() {
        return Traffic.tokens(request.calibration(), shards - 1, shards);
    }

    /// Whole sequences.
    private static long batch(long tokens, long length) {
        return Math.min(tokens, Math.max(BATCH_TOKENS / length, 1) * length);
    }

    /// Scratch memory of a forward pass: the normed states, what the heads read, and what each
    /// linear gives. Experts take turns; the busiest one is thought to get every other token.
    private long pass(long tokens) {
        Map<Boolean, List<InputGroup>> byExpert =
                model.groups().stream()
                        .collect(Collectors.partitioningBy(g -> g.name().startsWith("expert-")));
        long columns =
                model.hidden()
                        + attended()
                        + byExpert.get(false).stream().mapToLong(Holdings::outputs).sum();
        long experts =
                byExpert.get(true).stream()
                        .limit(2)
                        .mapToLong(g -> outputs(g) + g.inputs() / 2)
                        .sum();
        return tokens * columns + tokens / 2 * experts;
    }

    private long attended() {
        return model.groups().stream()
                .filter(g -> g.name().equals("attention-output"))
                .mapToLong(InputGroup::inputs)
                .sum();
    }

    private static long outputs(InputGroup group) {
        return group.linears().stream().mapToLong(Linear::outputs).sum();
    }

    /// What is pruned with one linear's Gram matrix, besides what passes left.
    long solve() {
        return kept() + largestSolve();
    }

    /// As a solve, and the dense weights, which each level of a ladder begins with; for outliers
    /// the sums and the weights.
    long profile() {
        return kept()
                + model.groups().stream()
                        .flatMap(group -> group.linears().stream())
                        .mapToLong(this::profile)
                        .max()
                        .orElse(0);
    }

    private long profile(Linear linear) {
        long n = linear.inputs();
        long weights = linear.weights();
        if (request.method().allocation() == Allocation.OWL) {
            return F32 * (n * n + weights);
        }
        return F32
                * (request.method().name() == MethodName.WANDA
                        ? n * n + 3 * weights + buffer(linear)
                        : 2 * n * n + n * blockSize() + weights + pruned(linear));
    }

    private long largestSolve() {
        return model.groups().stream()
                .flatMap(group -> group.linears().stream())
                .mapToLong(this::solve)
                .max()
                .orElse(0);
    }

    private long solve(Linear linear) {
        long n = linear.inputs();
        long weights = linear.weights();
        return F32
                * switch (request.method().name()) {
                    case MAGNITUDE -> 3 * weights;
                    case WANDA -> n * n + 2 * weights + buffer(linear);
                    case SPARSEGPT -> 2 * n * n + n * blockSize() + solved(linear);
                };
    }

    /// With a refit: W, T, Q, its gradient, four matrices of conjugate gradient and its
    /// preconditioner, rounded weights and those of a new mask; before that K, and with it the sum
    /// that it comes from and, while that is made, a shard's.
    private long solved(Linear linear) {
        if (request.method().refit() == null) {
            return pruned(linear);
        }
        long n = linear.inputs();
        long k = Traffic.models(request) == 1 ? 0 : n * n;
        Method method = request.method();
        int matrices =
                8
                        + (method.quantization() == null ? 0 : 1)
                        + (method.refit().reselections() == 0 ? 0 : 1);
        return Math.max(3 * k, k + matrices * linear.weights() + preconditioner(linear));
    }

    /// Its directions, and of each row the small system's factor and right side.
    private static long preconditioner(Linear linear) {
        long rank = Math.clamp(linear.inputs() / 2, 1, RANK);
        return rank * linear.inputs() + (rank * (rank + 1) / 2 + rank) * linear.outputs();
    }

    /// The weights, their errors and a panel's.
    private long pruned(Linear linear) {
        long panel = Math.max(PANEL / blockSize(), 1) * blockSize();
        return 2 * linear.weights() + Math.min(panel, linear.inputs()) * linear.outputs();
    }

    private long blockSize() {
        return request.method().blockSize();
    }

    private static long buffer(Linear linear) {
        return 128 * linear.outputs();
    }

    /// A chunk's states, a block, the head and a slice of the logits. All stay with the open model
    /// from one slice of a suite to the next; blocks that an evaluator keeps come on top.
    long evaluate() {
        long rows = Math.min(Math.max(LOGITS / model.vocabulary(), 1), CHUNK_TOKENS);
        return (CHUNK_TOKENS * model.hidden()
                        + Traffic.weights(model.groups())
                        + pass(BATCH_TOKENS)
                        + model.vocabulary() * (model.hidden() + rows)
                        + scored(rows))
                * F32;
    }

    /// The states that are scored, and their norm, which takes the place of a pass'.
    private long scored(long rows) {
        return (rows + Math.max(rows - BATCH_TOKENS, 0)) * model.hidden();
    }
}
