package io.sparsemesh.contracts.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.List;
import java.util.stream.Stream;

/// A task of a plan: what it is about and what must be done before it. It becomes a
/// [io.sparsemesh.contracts.task.TaskWork] when the outputs of those are known.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = PlannedTask.Calibrate.class, name = "calibrate"),
    @JsonSubTypes.Type(value = PlannedTask.Profile.class, name = "profile"),
    @JsonSubTypes.Type(value = PlannedTask.Allocate.class, name = "allocate"),
    @JsonSubTypes.Type(value = PlannedTask.Solve.class, name = "solve"),
    @JsonSubTypes.Type(value = PlannedTask.Assemble.class, name = "assemble"),
    @JsonSubTypes.Type(value = PlannedTask.Keep.class, name = "keep"),
    @JsonSubTypes.Type(value = PlannedTask.Evaluate.class, name = "evaluate"),
    @JsonSubTypes.Type(value = PlannedTask.Report.class, name = "report")
})
public sealed interface PlannedTask {

    /// The candidate of a job that makes one checkpoint.
    List<String> ONLY = List.of("");

    TaskId id();

    TaskKind kind();

    /// Tasks that must have succeeded, in the order in which their outputs are used.
    List<TaskId> dependsOn();

    /// Depends on the calibrate task of the same shard at block `from`, if there is one, and, with
    /// sequential propagation, on that block's solve tasks, in group order.
    ///
    /// @param from block at which `hidden` enters; 0 when it starts from token ids
    /// @param previous the calibrate task whose hidden states it goes on from, none or one
    /// @param solved the solve tasks whose weights it uses
    /// @param groups groups of `block` that have a linear to prune
    /// @param candidate whose weights are used of those that the solve tasks made
    /// @param dense whether the dense model's states are wanted alone, whatever the method's refit
    record Calibrate(
            TaskId id,
            int block,
            int from,
            int shard,
            int shards,
            List<String> groups,
            List<TaskId> previous,
            List<TaskId> solved,
            String candidate,
            boolean dense)
            implements PlannedTask {

        public Calibrate {
            candidate = candidate == null ? "" : candidate;
            groups = List.copyOf(groups);
            previous = List.copyOf(previous);
            solved = List.copyOf(solved);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.CALIBRATE;
        }

        @Override
        public List<TaskId> dependsOn() {
            return Stream.concat(previous.stream(), solved.stream()).toList();
        }
    }

    /// What an allocation is made from. Depends on the block's calibrate tasks, in shard order.
    ///
    /// @param parts groups of the block with the linears whose sparsity is open
    record Profile(TaskId id, int block, List<Part> parts, List<TaskId> dependsOn)
            implements PlannedTask {

        public Profile {
            parts = List.copyOf(parts);
            dependsOn = List.copyOf(dependsOn);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.PROFILE;
        }
    }

    /// Linears of a group.
    ///
    /// @param linears full names
    record Part(String group, List<String> linears) {
        public Part {
            linears = List.copyOf(linears);
        }
    }

    /// Spreads the sparsity over the linears. Depends on all profile tasks, in block order.
    record Allocate(TaskId id, List<TaskId> dependsOn) implements PlannedTask {
        public Allocate {
            dependsOn = List.copyOf(dependsOn);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.ALLOCATE;
        }
    }

    /// Depends on the block's calibrate tasks, in shard order, and then on the allocate task, if
    /// one of the candidates is allocated.
    ///
    /// @param linears full names of the linears to prune
    /// @param candidates for which they are pruned, with one factor
    /// @param allocation the allocate task, absent for none
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Solve(
            TaskId id,
            int block,
            String group,
            List<String> linears,
            List<TaskId> dependsOn,
            List<String> candidates,
            TaskId allocation)
            implements PlannedTask {

        /// Of a job that makes one checkpoint.
        public Solve(
                TaskId id, int block, String group, List<String> linears, List<TaskId> dependsOn) {
            this(id, block, group, linears, dependsOn, ONLY, null);
        }

        /// The calibrate tasks, in shard order.
        public List<TaskId> calibrates() {
            return dependsOn.stream().filter(id -> !id.equals(allocation)).toList();
        }

        public Solve {
            candidates = candidates == null ? ONLY : List.copyOf(candidates);
            linears = List.copyOf(linears);
            dependsOn = List.copyOf(dependsOn);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.SOLVE;
        }
    }

    /// Depends on all solve tasks of the candidate, in block and group order.
    record Assemble(TaskId id, List<TaskId> dependsOn, String candidate) implements PlannedTask {
        public Assemble {
            candidate = candidate == null ? "" : candidate;
            dependsOn = List.copyOf(dependsOn);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.ASSEMBLE;
        }
    }

    /// Makes the better one of two checkpoints the job's output, and removes the other. Depends on
    /// their assemble tasks and on the evaluate tasks that compare them.
    ///
    /// @param suite the perplexity suite that decides
    record Keep(TaskId id, String suite, List<TaskId> dependsOn) implements PlannedTask {
        public Keep {
            dependsOn = List.copyOf(dependsOn);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.KEEP;
        }
    }

    /// The dense variant depends on nothing, the others on assemble, or on keep where that decides
    /// which one stays.
    ///
    /// @param variant `dense`, `pruned` or the candidate's name, or such as `pruned-b003` for the
    ///     dense model whose blocks 0 to 3 are the pruned one's
    /// @param suite `perplexity` or `zero-shot`
    /// @param task name of the suite in the request
    /// @param throughBlock last block that is the pruned model's; absent for whole models
    /// @param candidate the pruned model; empty for the dense one, too
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Evaluate(
            TaskId id,
            String variant,
            String suite,
            String task,
            int slice,
            int slices,
            List<TaskId> dependsOn,
            Integer throughBlock,
            String candidate)
            implements PlannedTask {

        public Evaluate {
            candidate = candidate == null ? "" : candidate;
            dependsOn = List.copyOf(dependsOn);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.EVALUATE;
        }
    }

    /// Depends on the candidate's assemble and evaluate tasks and on those of the dense model.
    record Report(TaskId id, List<TaskId> dependsOn, String candidate) implements PlannedTask {
        public Report {
            candidate = candidate == null ? "" : candidate;
            dependsOn = List.copyOf(dependsOn);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.REPORT;
        }
    }
}
