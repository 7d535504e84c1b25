package io.sparsemesh.worker.solve;

import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.Sparsity;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskOutput.Level;
import io.sparsemesh.contracts.task.TaskOutput.LinearProfile;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.allocation.Ladder;
import io.sparsemesh.engine.allocation.OutlierAllocation;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.solver.Outliers;
import io.sparsemesh.engine.solver.SolverOptions;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.worker.Workplace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Finds out what an allocation of sparsities is made from.
public final class ProfileTask {

    private final Workplace place;

    public ProfileTask(Workplace place) {
        this.place = place;
    }

    public TaskOutput.Profiled run(TaskWork.Profile work, TaskContext context) {
        OpenModel model = place.model(work.modelUri());
        return new TaskOutput.Profiled(
                work.method().allocation() == Allocation.OWL
                        ? outliers(model, work, context)
                        : ladders(model, work, context));
    }

    private GroupBasis.Sums sums(OpenModel model, TaskWork.Profile work, TaskWork.Part part) {
        InputGroup group = model.description().blocks().get(work.block()).group(part.group());
        return new GroupBasis.Sums(
                work.method().withRefit(null),
                work.block(),
                group,
                part.grams(),
                work.sequences(),
                work.tokens());
    }

    private List<LinearProfile> ladders(
            OpenModel model, TaskWork.Profile work, TaskContext context) {
        List<LinearProfile> profiles = new ArrayList<>();
        for (TaskWork.Part part : work.parts()) {
            GroupBasis.Sums sums = sums(model, work, part);
            try (Arena arena = Arena.ofShared()) {
                GroupBasis basis = GroupBasis.of(place, arena, sums, model.description().dtype());
                for (String name : part.linears()) {
                    context.checkAbandoned();
                    LinearDescription linear = GroupBasis.linear(sums.group(), name);
                    profiles.add(ladder(model, linear, work, basis.pruner()));
                }
            }
        }
        return profiles;
    }

    private LinearProfile ladder(
            OpenModel model, LinearDescription linear, TaskWork.Profile work, GroupPruner pruner) {
        Tensor dense = model.folder().tensor(linear.tensor());
        List<Double> shares = Ladder.around(work.method().target().target());
        List<SolverOptions> levels =
                shares.stream()
                        .map(Sparsity.Unstructured::new)
                        .map(share -> MethodOptions.of(work.method(), share, dense.dtype()))
                        .toList();
        try (Arena scratch = Arena.ofShared()) {
            Matrix w = DenseWeight.load(place.device(), scratch, model, linear, dense);
            List<Double> errors = pruner.errors(linear.name(), w, levels);
            return new LinearProfile(
                    linear.name(),
                    linear.weights(),
                    IntStream.range(0, shares.size())
                            .mapToObj(i -> new Level(shares.get(i), errors.get(i)))
                            .toList(),
                    null);
        }
    }

    /// A linear, and the norms of its inputs.
    private record Weighted(LinearDescription linear, float[] norms) {}

    /// Outliers are told by the mean over the whole block, so its weights are gone through twice.
    private List<LinearProfile> outliers(
            OpenModel model, TaskWork.Profile work, TaskContext context) {
        List<Weighted> linears = new ArrayList<>();
        for (TaskWork.Part part : work.parts()) {
            context.checkAbandoned();
            GroupBasis.Sums sums = sums(model, work, part);
            float[] norms = norms(sums);
            part.linears()
                    .forEach(
                            name ->
                                    linears.add(
                                            new Weighted(
                                                    GroupBasis.linear(sums.group(), name), norms)));
        }
        double sum = 0;
        long weights = 0;
        for (Weighted each : linears) {
            context.checkAbandoned();
            sum += sum(model, each);
            weights += each.linear().weights();
        }
        double limit = OutlierAllocation.FACTOR * sum / weights;
        return linears.stream().map(each -> outliers(model, each, limit)).toList();
    }

    private float[] norms(GroupBasis.Sums sums) {
        try (Arena scratch = Arena.ofShared()) {
            return Outliers.inputNorms(place.device(), GroupBasis.gram(place, scratch, sums));
        }
    }

    private Matrix load(Arena scratch, OpenModel model, Weighted each) {
        Tensor dense = model.folder().tensor(each.linear().tensor());
        return DenseWeight.load(place.device(), scratch, model, each.linear(), dense);
    }

    private double sum(OpenModel model, Weighted each) {
        try (Arena scratch = Arena.ofShared()) {
            return Outliers.sum(place.device(), load(scratch, model, each), each.norms());
        }
    }

    private LinearProfile outliers(OpenModel model, Weighted each, double limit) {
        try (Arena scratch = Arena.ofShared()) {
            Matrix w = load(scratch, model, each);
            long above = Outliers.above(place.device(), w, each.norms(), limit);
            long weights = each.linear().weights();
            double ratio = (double) above / weights;
            return new LinearProfile(each.linear().name(), weights, List.of(), ratio);
        }
    }
}
