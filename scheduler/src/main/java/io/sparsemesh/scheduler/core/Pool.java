package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.Optional;

/// The workers that share a task topic.
public enum Pool {
    LAYERS(Topics.LAYER_TASKS, "layer-worker"),
    EVALUATIONS(Topics.EVALUATION_TASKS, "evaluator");

    private final String topic;
    private final String role;

    Pool(String topic, String role) {
        this.topic = topic;
        this.role = role;
    }

    public String topic() {
        return topic;
    }

    /// What its workers call themselves in their status.
    public String role() {
        return role;
    }

    public static Pool of(TaskKind kind) {
        return kind.topic().equals(LAYERS.topic) ? LAYERS : EVALUATIONS;
    }

    public static Optional<Pool> ofRole(String role) {
        for (Pool pool : values()) {
            if (pool.role.equals(role)) {
                return Optional.of(pool);
            }
        }
        return Optional.empty();
    }
}
