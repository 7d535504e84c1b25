package io.sparsemesh.worker.calibrate;

import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.WeightOverrides;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.worker.Workplace;
import io.sparsemesh.worker.tensor.MatrixFiles;
import io.sparsemesh.worker.tensor.TensorArtifacts;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;

/// Brings the states of one shard to a block and accumulates the Gram matrices of its inputs. One
/// block is in memory at a time; the order of all sums depends on the job alone.
public final class CalibrateTask {

    private static final String HIDDEN = "hidden";

    private final Workplace place;

    public CalibrateTask(Workplace place) {
        this.place = place;
    }

    public TaskOutput.Calibrated run(TaskWork.Calibrate work, TaskContext context) {
        OpenModel model = place.model(work.modelUri());
        try (Arena arena = Arena.ofShared()) {
            States states =
                    work.hidden().isEmpty()
                            ? embed(arena, model, work)
                            : load(arena, model, work.hidden().getFirst());
            passBlocks(model, states, work, context);
            BlockDescription block = model.description().blocks().get(work.block());
            GramObserver.requireFinite(place.device(), block, HIDDEN, states.hidden());
            try (Deliveries deliveries = new Deliveries()) {
                Matrix copy = copy(arena, states.hidden());
                deliveries.begin(HIDDEN, () -> store(context, states, copy));
                observe(arena, model, block, states, work.groups(), context, deliveries);
                context.checkAbandoned();
                Map<String, ArtifactRef> refs = deliveries.await();
                ShardIds ids = states.ids();
                return new TaskOutput.Calibrated(
                        refs.remove(HIDDEN), refs, ids.sequences(), ids.ids().length, ids.sha256());
            }
        }
    }

    /// The block takes its input apart while its copy is written.
    private Matrix copy(Arena arena, Matrix hidden) {
        Matrix copy = place.device().scratch(arena, hidden.rows(), hidden.cols());
        place.device().blas().addScaled(1, hidden, 0, copy);
        return copy;
    }

    /// Tokens, and the hidden states they have come to, `[tokens x hidden size]`.
    private record States(ShardIds ids, Matrix hidden) {
        List<Long> shape() {
            return List.of((long) ids.sequences(), (long) ids.length(), hidden.cols());
        }
    }

    private States embed(Arena arena, OpenModel model, TaskWork.Calibrate work) {
        List<int[]> samples = model.samples(Samples.choice(work.calibration(), place.roots()));
        ShardIds ids = ShardIds.of(samples, work.shard(), work.shards());
        return new States(ids, model.model().embed(arena, ids.ids(), ids.length()));
    }

    private States load(Arena arena, OpenModel model, ArtifactRef ref) {
        try (TensorArtifacts file = TensorArtifacts.open(place.store(), List.of(ref))) {
            ShardIds ids = ShardIds.read(file.tensor(ShardIds.tensorName()));
            Matrix hidden =
                    place.device()
                            .scratch(arena, ids.ids().length, model.description().hiddenSize());
            MatrixFiles.load(place.device(), file.tensor(HIDDEN), hidden);
            return new States(ids, hidden);
        }
    }

    private void passBlocks(
            OpenModel model, States states, TaskWork.Calibrate work, TaskContext context) {
        try (TensorArtifacts pruned = TensorArtifacts.open(place.store(), work.overrides())) {
            WeightOverrides overrides = WeightOverrides.of(pruned.tensors());
            for (int index = work.from(); index < work.block(); index++) {
                context.checkAbandoned();
                try (Block block = model.model().loadBlock(index, overrides)) {
                    block.forward(states.hidden(), states.ids().length());
                }
            }
        }
    }

    /// Stores each group's Gram matrix while the block goes on.
    private void observe(
            Arena arena,
            OpenModel model,
            BlockDescription description,
            States states,
            List<String> groups,
            TaskContext context,
            Deliveries deliveries) {
        long length = states.ids().length();
        GramObserver observer =
                new GramObserver(
                        place.device(),
                        arena,
                        description,
                        groups,
                        length,
                        (group, sum) -> deliveries.begin(group, () -> store(context, group, sum)));
        try (Block block = model.model().loadBlock(description.index())) {
            block.observe(states.hidden(), length, observer);
        }
    }

    private ArtifactRef store(TaskContext context, States states, Matrix hidden) {
        return TensorArtifacts.put(
                place.store(),
                ArtifactKeys.output(context.lease(), HIDDEN + ".safetensors"),
                List.of(
                        MatrixFiles.source(place.device(), HIDDEN, states.shape(), hidden),
                        states.ids().source()));
    }

    private ArtifactRef store(TaskContext context, String group, Matrix sum) {
        List<Long> shape = List.of(sum.rows(), sum.cols());
        String name = "gram-%s.safetensors".formatted(group);
        return TensorArtifacts.put(
                place.store(),
                ArtifactKeys.output(context.lease(), name),
                List.of(MatrixFiles.source(place.device(), "gram", shape, sum)));
    }
}
