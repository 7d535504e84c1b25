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
    @JsonSubTypes.Type(value = PlannedTask.Solve.class, name = "solve"),
    @JsonSubTypes.Type(value = PlannedTask.Assemble.class, name = "assemble"),
    @JsonSubTypes.Type(value = PlannedTask.Evaluate.class, name = "evaluate"),
    @JsonSubTypes.Type(value = PlannedTask.Report.class, name = "report")
})
public sealed interface PlannedTask {

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
    record Calibrate(
            TaskId id,
            int block,
            int from,
            int shard,
            int shards,
            List<String> groups,
            List<TaskId> previous,
            List<TaskId> solved)
            implements PlannedTask {

        public Calibrate {
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

    /// Depends on the block's calibrate tasks, in shard order.
    ///
    /// @param linears full names of the linears to prune
    record Solve(TaskId id, int block, String group, List<String> linears, List<TaskId> dependsOn)
            implements PlannedTask {

        public Solve {
            linears = List.copyOf(linears);
            dependsOn = List.copyOf(dependsOn);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.SOLVE;
        }
    }

    /// Depends on all solve tasks, in block and group order.
    record Assemble(TaskId id, List<TaskId> dependsOn) implements PlannedTask {
        public Assemble {
            dependsOn = List.copyOf(dependsOn);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.ASSEMBLE;
        }
    }

    /// The dense variant depends on nothing, the others on assemble.
    ///
    /// @param variant `dense`, `pruned`, or `pruned-b003` for the dense model whose blocks 0 to 3
    // are
    ///     the pruned one's
    /// @param suite `perplexity` or `zero-shot`
    /// @param task name of the suite in the request
    /// @param throughBlock last block that is the pruned model's; absent for whole models
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Evaluate(
            TaskId id,
            String variant,
            String suite,
            String task,
            int slice,
            int slices,
            List<TaskId> dependsOn,
            Integer throughBlock)
            implements PlannedTask {

        public Evaluate {
            dependsOn = List.copyOf(dependsOn);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.EVALUATE;
        }
    }

    /// Depends on assemble and on every evaluate task.
    record Report(TaskId id, List<TaskId> dependsOn) implements PlannedTask {
        public Report {
            dependsOn = List.copyOf(dependsOn);
        }

        @Override
        public TaskKind kind() {
            return TaskKind.REPORT;
        }
    }
}
