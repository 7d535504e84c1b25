package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.OutputFormat;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.contracts.job.TargetOverride;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.model.InputGroup;
import io.sparsemesh.contracts.model.Linear;
import io.sparsemesh.contracts.plan.JobPlan.SelectedLinear;
import io.sparsemesh.contracts.plan.JobPlan.SkippedLinear;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Turns a request and a model's architecture into tasks: pure, the same plan for the same input.
public final class Planner {

    /// Tokens that a shard holds at the least, unless there are fewer in all.
    static final long SHARD_TOKENS = 16_384;

    /// Bytes of Gram matrices, at the most, that a shard leaves for each byte of its hidden states.
    /// Wide models would move little else: their matrices grow with the square of the width.
    private static final int MOST_SUMS = 4;

    /// Shards that a calibration set of several samples is cut into at the least, so that several
    /// workers can share even a small one.
    static final int MIN_SHARDS = 4;

    private final JobRequest request;
    private final Architecture model;
    private final LinearSelector selector;
    private final int shards;
    private final List<PlannedTask> tasks = new ArrayList<>();
    private final Map<String, List<TaskId>> solves = new HashMap<>();
    private final Map<String, PrunedBlock> previous = new HashMap<>();
    private Optional<ProfilePlan> profile = Optional.empty();
    private final List<SelectedLinear> linears = new ArrayList<>();
    private final List<SkippedLinear> skipped = new ArrayList<>();

    private Planner(JobRequest request, Architecture model) {
        this.request = request;
        this.model = model;
        this.selector = new LinearSelector(request.method());
        this.shards =
                request.method().name().isCalibrated() ? shards(request.calibration(), model) : 0;
    }

    /// @throws PlanException if nothing is selected or the request does not fit the model
    public static JobPlan plan(JobRequest request, Architecture model) {
        try {
            return new Planner(request, model).plan();
        } catch (PatternCostException e) {
            throw new PlanException("/method", e.getMessage());
        }
    }

    private JobPlan plan() {
        checkFit();
        planBlocks(selectBlocks());
        if (linears.isEmpty()) {
            throw new PlanException(
                    "/method/include",
                    "no linear layer of the model is selected; it has %d, such as %s"
                            .formatted(
                                    model.linears(),
                                    model.groups().getFirst().linears().getFirst().in(0).name()));
        }
        checkOverrides();
        checkAllocation();
        checkFormat();
        for (String name : model.otherLinears()) {
            skipped.add(new SkippedLinear(name, "not in a block"));
        }
        tasks.addAll(new CheckpointPlan(request, linears).tasks(solves));
        Estimate estimate = new Estimate(request, model, tasks, linears, shards);
        Map<TaskKind, Traffic> traffic = estimate.traffic();
        return new JobPlan(
                tasks,
                linears,
                skipped,
                shards,
                each(traffic, Traffic::read),
                each(traffic, Traffic::written),
                estimate.peakMemory(),
                estimate.outputBytes() * request.method().candidates().size(),
                new StoreUse(request, model, tasks).most());
    }

    private static Map<TaskKind, Long> each(
            Map<TaskKind, Traffic> traffic, ToLongFunction<Traffic> bytes) {
        Map<TaskKind, Long> each = new EnumMap<>(TaskKind.class);
        traffic.forEach((kind, moved) -> each.put(kind, bytes.applyAsLong(moved)));
        return each;
    }

    private void checkFit() {
        if (request.method().firstBlock() >= model.blocks()) {
            throw new PlanException(
                    "/method/firstBlock",
                    "expected a block below %d, found %d"
                            .formatted(model.blocks(), request.method().firstBlock()));
        }
        if (shards > 0 && request.calibration().sequenceLength() > model.maxPositions()) {
            throw new PlanException(
                    "/calibration/sequenceLength",
                    "the model accepts at most %d positions, found %d"
                            .formatted(
                                    model.maxPositions(), request.calibration().sequenceLength()));
        }
        List<Evaluation.Perplexity> suites = request.evaluation().perplexity();
        for (int i = 0; i < suites.size(); i++) {
            if (suites.get(i).sequenceLength() > model.maxPositions()) {
                throw new PlanException(
                        "/evaluation/perplexity/%d/sequenceLength".formatted(i),
                        "the model accepts at most %d positions, found %d"
                                .formatted(model.maxPositions(), suites.get(i).sequenceLength()));
            }
        }
    }

    /// An override that decides nothing is a mistake of the user's: nobody would see its effect
    /// missing.
    private void checkOverrides() {
        List<TargetOverride> overrides = request.method().overrides();
        Set<Integer> used = new HashSet<>();
        for (SelectedLinear linear : linears) {
            selector.override(linear.name()).ifPresent(used::add);
        }
        for (int i = 0; i < overrides.size(); i++) {
            if (!used.contains(i)) {
                String names = overrides.get(i).names();
                throw new PlanException(
                        "/method/overrides/" + names.replace("~", "~0").replace("/", "~1"),
                        "'%s' decides no linear: it matches none that is pruned, or an override before it matches them all"
                                .formatted(names));
            }
        }
    }

    /// What has an override keeps its target, and has no part in the allocation.
    private void checkAllocation() {
        if (request.method().isAllocated()
                && linears.stream().allMatch(l -> selector.override(l.name()).isPresent())) {
            throw new PlanException(
                    "/method/allocation",
                    "expected a linear without an override, found one for each of the %d that are pruned"
                            .formatted(linears.size()));
        }
    }

    private void checkFormat() {
        boolean packed = request.output().format().equals(OutputFormat.PACK_QUANTIZED.text());
        Quantization quantization = request.method().quantization();
        if (!packed || quantization == null || quantization.groupSize() == 0) {
            return;
        }
        for (SelectedLinear linear : linears) {
            if (linear.cols() % quantization.groupSize() != 0) {
                throw new PlanException(
                        "/method/quantization/groupSize",
                        "pack-quantized has whole groups only: expected a divisor of the %d inputs of %s, or 0, found %d"
                                .formatted(linear.cols(), linear.name(), quantization.groupSize()));
            }
        }
    }

    /// Shards of a calibration set: a function of the job alone.
    static int shards(Calibration calibration, Architecture model) {
        long tokens = (long) calibration.samples() * calibration.sequenceLength();
        long each = Math.max(SHARD_TOKENS, tokensForSums(model));
        long bySize = (tokens + each - 1) / each;
        return (int) Math.min(calibration.samples(), Math.max(bySize, MIN_SHARDS));
    }

    /// Tokens whose hidden states are worth the Gram matrices of a shard.
    private static long tokensForSums(Architecture model) {
        return Traffic.squares(model.groups()) / (MOST_SUMS * Traffic.states(1, model));
    }

    /// What is wanted of the blocks that have something to prune.
    private List<List<PlannedTask.Solve>> selectBlocks() {
        return IntStream.range(0, model.blocks())
                .mapToObj(this::selectSolves)
                .filter(wanted -> !wanted.isEmpty())
                .toList();
    }

    private void planBlocks(List<List<PlannedTask.Solve>> blocks) {
        if (request.method().isAllocated()) {
            profile = Optional.of(new ProfilePlan(request.method(), selector, shards, blocks));
            tasks.addAll(profile.get().tasks());
        }
        for (List<PlannedTask.Solve> wanted : blocks) {
            planBranches(wanted.getFirst().block(), wanted);
        }
    }

    private void planBranches(int block, List<PlannedTask.Solve> wanted) {
        for (Branch branch : Branch.of(request.method(), previous.isEmpty())) {
            PrunedBlock planned = planBlock(block, wanted, branch);
            for (String candidate : branch.candidates()) {
                previous.put(candidate, planned);
                solves.computeIfAbsent(candidate, _ -> new ArrayList<>()).addAll(planned.solves());
            }
        }
    }

    /// The last block before this one that had something to prune.
    private record PrunedBlock(int block, List<TaskId> calibrates, List<TaskId> solves) {}

    private List<PlannedTask.Solve> selectSolves(int block) {
        List<PlannedTask.Solve> wanted = new ArrayList<>();
        for (InputGroup template : model.groups()) {
            InputGroup group = template.in(block);
            List<String> names = new ArrayList<>();
            for (Linear linear : group.linears()) {
                Optional<String> reason = selector.skipped(linear.name(), block);
                if (reason.isPresent()) {
                    skipped.add(new SkippedLinear(linear.name(), reason.get()));
                } else {
                    names.add(linear.name());
                    linears.add(
                            new SelectedLinear(
                                    linear.name(),
                                    block,
                                    group.name(),
                                    linear.outputs(),
                                    linear.inputs(),
                                    targets(linear.name())));
                }
            }
            if (!names.isEmpty()) {
                TaskId id = new TaskId("solve-b%03d-%s".formatted(block, group.name()));
                wanted.add(new PlannedTask.Solve(id, block, group.name(), names, List.of()));
            }
        }
        return wanted;
    }

    /// What is asked of a linear, by each candidate.
    private String targets(String linear) {
        return request.method().candidates().stream()
                .map(candidate -> selector.target(linear, candidate.target()).toString())
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private PrunedBlock planBlock(int block, List<PlannedTask.Solve> wanted, Branch branch) {
        boolean apart = request.method().propagation() == Propagation.TRUE_SEQUENTIAL;
        List<PlannedTask.Solve> first = apart ? wanted.subList(0, 1) : wanted;
        List<TaskId> calibrates =
                profile.filter(_ -> sharesProfile(branch))
                        .map(plan -> plan.calibrates(block))
                        .orElseGet(() -> planShards(block, first, branch));
        List<TaskId> ids = new ArrayList<>(planSolves(first, calibrates, branch));
        for (PlannedTask.Solve next : wanted.subList(first.size(), wanted.size())) {
            List<TaskId> step = planStep(next, calibrates, ids, branch);
            ids.addAll(planSolves(List.of(next), step, branch));
        }
        return new PrunedBlock(block, calibrates, ids);
    }

    /// Whether the block sees what the dense model's does, and nothing else.
    private boolean sharesProfile(Branch branch) {
        Refit refit = request.method().refit();
        boolean first = !previous.containsKey(branch.any());
        return switch (request.method().propagation()) {
            case DENSE -> true;
            case SEQUENTIAL -> first && (refit == null || !refit.needsDense());
            case TRUE_SEQUENTIAL -> false;
        };
    }

    /// Brings the states to the block, and gathers the statistics of what is solved first.
    private List<TaskId> planShards(int block, List<PlannedTask.Solve> first, Branch branch) {
        Optional<PrunedBlock> previous = Optional.ofNullable(this.previous.get(branch.any()));
        List<String> groups = first.stream().map(PlannedTask.Solve::group).toList();
        boolean sequential = request.method().propagation().isSequential();
        List<TaskId> calibrates = new ArrayList<>();
        for (int s = 0; s < shards; s++) {
            TaskId id = new TaskId("calibrate-%sb%03d-s%02d".formatted(branch.tag(), block, s));
            int shard = s;
            tasks.add(
                    new PlannedTask.Calibrate(
                            id,
                            block,
                            previous.map(PrunedBlock::block).orElse(0),
                            s,
                            shards,
                            groups,
                            previous.map(p -> List.of(p.calibrates().get(shard))).orElse(List.of()),
                            previous.filter(_ -> sequential)
                                    .map(PrunedBlock::solves)
                                    .orElse(List.of()),
                            branch.any(),
                            false));
            calibrates.add(id);
        }
        return calibrates;
    }

    /// Gathers the statistics of one more group of a block, some of whose linears are pruned.
    private List<TaskId> planStep(
            PlannedTask.Solve next, List<TaskId> states, List<TaskId> solved, Branch branch) {
        List<TaskId> calibrates = new ArrayList<>();
        for (int s = 0; s < shards; s++) {
            TaskId id =
                    new TaskId(
                            "calibrate-%sb%03d-s%02d-%s"
                                    .formatted(branch.tag(), next.block(), s, next.group()));
            tasks.add(
                    new PlannedTask.Calibrate(
                            id,
                            next.block(),
                            next.block(),
                            s,
                            shards,
                            List.of(next.group()),
                            List.of(states.get(s)),
                            solved,
                            branch.any(),
                            false));
            calibrates.add(id);
        }
        return calibrates;
    }

    private List<TaskId> planSolves(
            List<PlannedTask.Solve> wanted, List<TaskId> calibrates, Branch branch) {
        List<TaskId> ids = new ArrayList<>();
        TaskId allocation = allocation(branch);
        List<TaskId> before = new ArrayList<>(calibrates);
        if (allocation != null) {
            before.add(allocation);
        }
        for (PlannedTask.Solve solve : wanted) {
            TaskId id =
                    new TaskId(
                            "solve-%sb%03d-%s"
                                    .formatted(branch.tag(), solve.block(), solve.group()));
            tasks.add(
                    new PlannedTask.Solve(
                            id,
                            solve.block(),
                            solve.group(),
                            solve.linears(),
                            before,
                            branch.candidates(),
                            allocation));
            ids.add(id);
        }
        return ids;
    }

    /// The task that says how sparse each linear becomes, null if the branch does not ask.
    private TaskId allocation(Branch branch) {
        boolean asks =
                profile.isPresent()
                        && branch.candidates().stream()
                                .anyMatch(name -> request.candidate(name).isAllocated());
        return asks ? ProfilePlan.ALLOCATE : null;
    }
}
