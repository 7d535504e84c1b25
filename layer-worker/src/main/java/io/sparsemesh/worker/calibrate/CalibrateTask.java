package io.sparsemesh.worker.calibrate;

import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.calibration.FewTokens;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.WeightOverrides;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.worker.Experts;
import io.sparsemesh.worker.Workplace;
import io.sparsemesh.worker.tensor.GramFiles;
import io.sparsemesh.worker.tensor.MatrixFiles;
import io.sparsemesh.worker.tensor.TensorArtifacts;
import java.lang.foreign.Arena;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

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
                FewTokens few = Experts.fewTokens(work.experts());
                Observed observed = new Observed(arena, block, few, context, deliveries);
                observe(observed, model, states, copy, work.groups());
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

    /// Where the sums of a block's groups go.
    ///
    /// @param arena owns them
    private record Observed(
            Arena arena,
            BlockDescription block,
            FewTokens few,
            TaskContext context,
            Deliveries deliveries) {}

    /// Stores each group's Gram matrix while the block goes on. Experts that few tokens got to are
    /// shown every token afterwards.
    ///
    /// @param copy of the states, which the block takes apart
    private void observe(
            Observed to, OpenModel model, States states, Matrix copy, List<String> groups) {
        SequencedMap<String, GramAccumulator> few = new LinkedHashMap<>();
        GramObserver observer =
                observer(
                        to,
                        states,
                        groups,
                        (group, sum) -> {
                            if (to.few.needsEveryToken(group, sum.tokens())) {
                                few.put(group.name(), sum);
                            } else {
                                deliver(to, group, sum, Optional.empty());
                            }
                        });
        try (Block block = model.model().loadBlock(to.block.index())) {
            block.observe(states.hidden(), states.ids().length(), observer);
            if (!few.isEmpty()) {
                to.context.checkAbandoned();
                showEveryToken(to, block, states, copy, few);
            }
        }
    }

    private void showEveryToken(
            Observed to,
            Block block,
            States states,
            Matrix copy,
            SequencedMap<String, GramAccumulator> few) {
        place.device().blas().addScaled(1, copy, 0, states.hidden());
        GramObserver observer =
                observer(
                        to,
                        states,
                        few.keySet(),
                        (group, every) ->
                                deliver(to, group, few.get(group.name()), Optional.of(every)));
        block.observeEveryToken(states.hidden(), states.ids().length(), few.keySet(), observer);
    }

    private GramObserver observer(
            Observed to,
            States states,
            Collection<String> groups,
            GramObserver.Completed completed) {
        long length = states.ids().length();
        return new GramObserver(place.device(), to.arena, to.block, groups, length, completed);
    }

    private void deliver(
            Observed to, InputGroup group, GramAccumulator sum, Optional<GramAccumulator> every) {
        String name = "gram-%s.safetensors".formatted(group.name());
        to.deliveries.begin(
                group.name(),
                () ->
                        TensorArtifacts.put(
                                place.store(),
                                ArtifactKeys.output(to.context.lease(), name),
                                GramFiles.sources(place.device(), group, sum, every)));
    }

    private ArtifactRef store(TaskContext context, States states, Matrix hidden) {
        return TensorArtifacts.put(
                place.store(),
                ArtifactKeys.output(context.lease(), HIDDEN + ".safetensors"),
                List.of(
                        MatrixFiles.source(place.device(), HIDDEN, states.shape(), hidden),
                        states.ids().source()));
    }
}
