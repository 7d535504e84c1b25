package io.sparsemesh.contracts.task;

import io.sparsemesh.contracts.Topics;

/// What a task does.
public enum TaskKind {
    CALIBRATE,
    PROFILE,
    ALLOCATE,
    SOLVE,
    ASSEMBLE,
    EVALUATE,
    KEEP,
    REPORT;

    /// The role of the workers that do it.
    public String role() {
        return this == EVALUATE ? "evaluator" : "layer-worker";
    }

    /// The topic its records go to.
    public String topic() {
        return this == EVALUATE ? Topics.EVALUATION_TASKS : Topics.LAYER_TASKS;
    }
}
