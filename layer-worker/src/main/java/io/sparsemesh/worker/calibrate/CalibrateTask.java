package io.sparsemesh.worker.calibrate;

import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.calibration.FewTokens;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.calibration.ShardStates;
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
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;

/// Brings the states of one shard to a block and accumulates the Gram matrices of its inputs. One
/// block is in memory at a time; the order of all sums depends on the job alone.
public final class CalibrateTask {

    private static final String HIDDEN = "hidden";

    private static final String DENSE = "dense";

    private final Workplace place;

    public CalibrateTask(Workplace place) {
        this.place = place;
    }

    public TaskOutput.Calibrated run(TaskWork.Calibrate work, TaskContext context) {
        OpenModel model = place.model(work.modelUri());
        try (Arena arena = Arena.ofShared();
                TensorArtifacts pruned = TensorArtifacts.open(place.store(), work.overrides());
                TensorArtifacts earlier = TensorArtifacts.open(place.store(), work.hidden())) {
            WeightOverrides overrides = WeightOverrides.of(pruned.tensors());
            Coming coming = states(arena, model, work, earlier);
            passBlocks(model, coming, overrides, work, context);
            States states = coming.all();
            BlockDescription block = model.description().blocks().get(work.block());
            GramObserver.requireFinite(place.device(), block, HIDDEN, states.hidden());
            try (Deliveries deliveries = new Deliveries()) {
                Matrix copy = copy(arena, states.hidden());
                if (!work.continues()) {
                    deliveries.begin(HIDDEN, () -> store(context, states, copy));
                }
                FewTokens few = Experts.fewTokens(work.experts());
                Observed observed =
                        new Observed(arena, block, few, context, deliveries, model, overrides);
                observe(observed, states, copy, work.groups());
                context.checkAbandoned();
                return output(work, states.ids(), deliveries.await());
            }
        }
    }

    private static TaskOutput.Calibrated output(
            TaskWork.Calibrate work, ShardIds ids, Map<String, ArtifactRef> refs) {
        ArtifactRef hidden = work.continues() ? work.hidden().getFirst() : refs.remove(HIDDEN);
        return new TaskOutput.Calibrated(
                hidden, refs, ids.sequences(), ids.ids().length, ids.sha256());
    }

    /// The block takes its input apart while its copy is written.
    private Matrix copy(Arena arena, Matrix hidden) {
        Matrix copy = place.device().scratch(arena, hidden.rows(), hidden.cols());
        place.device().blas().addScaled(1, hidden, 0, copy);
        return copy;
    }

    /// Tokens, and the hidden states they have come to, `[tokens x hidden size]`.
    ///
    /// @param dense states of the dense model, where it goes along
    private record States(ShardIds ids, Matrix hidden, Optional<Matrix> dense) {
        List<Long> shape() {
            return List.of((long) ids.sequences(), (long) ids.length(), hidden.cols());
        }
    }

    /// The same while they may be on their way.
    private record Coming(ShardIds ids, ShardStates hidden, Optional<ShardStates> dense) {
        States all() {
            return new States(ids, hidden.matrix(), dense.map(ShardStates::matrix));
        }
    }

    /// @param earlier what an earlier task stored of the shard, empty before the first block
    private Coming states(
            Arena arena, OpenModel model, TaskWork.Calibrate work, TensorArtifacts earlier) {
        return work.hidden().isEmpty()
                ? embed(arena, model, work)
                : load(arena, model, earlier, work.cross());
    }

    private Coming embed(Arena arena, OpenModel model, TaskWork.Calibrate work) {
        List<int[]> samples = model.samples(Samples.choice(work.calibration(), place.roots()));
        ShardIds ids = ShardIds.of(samples, work.shard(), work.shards());
        Matrix hidden = model.model().embed(arena, ids.ids(), ids.length());
        Optional<Matrix> dense = work.cross() ? Optional.of(copy(arena, hidden)) : Optional.empty();
        return new Coming(ids, there(hidden, ids), dense.map(states -> there(states, ids)));
    }

    private ShardStates there(Matrix states, ShardIds ids) {
        return ShardStates.there(place.device(), states, ids.length());
    }

    private Coming load(Arena arena, OpenModel model, TensorArtifacts file, boolean cross) {
        ShardIds ids = ShardIds.read(file.tensor(ShardIds.tensorName()));
        long width = model.description().hiddenSize();
        Function<String, ShardStates> states =
                name ->
                        ShardStates.of(
                                place.device(),
                                arena,
                                file.tensor(name),
                                ids.ids().length,
                                width,
                                ids.length());
        Optional<ShardStates> dense = cross ? Optional.of(states.apply(DENSE)) : Optional.empty();
        return new Coming(ids, states.apply(HIDDEN), dense);
    }

    private void passBlocks(
            OpenModel model,
            Coming states,
            WeightOverrides overrides,
            TaskWork.Calibrate work,
            TaskContext context) {
        for (int index = work.from(); index < work.block(); index++) {
            context.checkAbandoned();
            pass(model.model().loadBlock(index, overrides), states.hidden(), states.ids());
            if (states.dense().isPresent()) {
                pass(model.model().loadBlock(index), states.dense().get(), states.ids());
            }
        }
    }

    private static void pass(Block loaded, ShardStates states, ShardIds ids) {
        try (Block block = loaded) {
            states.forEachBatch(batch -> block.forward(batch, ids.length()));
        }
    }

    /// Where the sums of a block's groups go.
    ///
    /// @param arena owns them
    /// @param overrides weights that are pruned already, of this block too
    private record Observed(
            Arena arena,
            BlockDescription block,
            FewTokens few,
            TaskContext context,
            Deliveries deliveries,
            OpenModel model,
            WeightOverrides overrides) {
        Block load() {
            return model.model().loadBlock(block.index(), overrides);
        }
    }

    /// What enters experts differs in number between the two models: they are observed in the
    /// pruned one alone.
    private void observe(Observed to, States states, Matrix copy, List<String> groups) {
        List<String> paired =
                states.dense().isEmpty()
                        ? List.of()
                        : groups.stream().filter(g -> !to.block.group(g).routed()).toList();
        List<String> alone = groups.stream().filter(g -> !paired.contains(g)).toList();
        if (!paired.isEmpty()) {
            observePaired(to, states, paired);
        }
        if (!alone.isEmpty()) {
            observeAlone(to, states, copy, alone);
        }
    }

    private void observePaired(Observed to, States states, List<String> groups) {
        SequencedMap<String, GramAccumulator> sums = new LinkedHashMap<>();
        GramObserver observer =
                observer(to, states, groups, (group, sum) -> sums.put(group.name(), sum));
        try (Block pruned = to.load();
                Block dense = to.model.model().loadBlock(to.block.index())) {
            new PairedStatistics(
                            to.model.device(),
                            to.arena,
                            pruned,
                            dense,
                            groups,
                            states.ids().length())
                    .gather(states.hidden(), states.dense().orElseThrow(), observer)
                    .forEach(
                            (group, cross) ->
                                    deliver(
                                            to,
                                            group,
                                            GramFiles.sources(
                                                    place.device(), sums.get(group), cross)));
        }
    }

    /// Stores each group's Gram matrix while the block goes on. Experts that few tokens got to are
    /// shown every token afterwards.
    ///
    /// @param copy of the states, which the block takes apart
    private void observeAlone(Observed to, States states, Matrix copy, List<String> groups) {
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
        try (Block block = to.load()) {
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
        return new GramObserver(to.model.device(), to.arena, to.block, groups, length, completed);
    }

    private void deliver(
            Observed to, InputGroup group, GramAccumulator sum, Optional<GramAccumulator> every) {
        deliver(to, group.name(), GramFiles.sources(place.device(), group, sum, every));
    }

    private void deliver(Observed to, String group, List<TensorSource> sums) {
        String name = "gram-%s.safetensors".formatted(group);
        to.deliveries.begin(
                group,
                () ->
                        TensorArtifacts.put(
                                place.store(),
                                ArtifactKeys.output(to.context.lease(), name),
                                sums));
    }

    private ArtifactRef store(TaskContext context, States states, Matrix hidden) {
        List<TensorSource> tensors = new ArrayList<>();
        tensors.add(MatrixFiles.source(place.device(), HIDDEN, states.shape(), hidden));
        states.dense()
                .map(dense -> MatrixFiles.source(place.device(), DENSE, states.shape(), dense))
                .ifPresent(tensors::add);
        tensors.add(states.ids().source());
        return TensorArtifacts.put(
                place.store(),
                ArtifactKeys.output(context.lease(), HIDDEN + ".safetensors"),
                tensors);
    }
}
