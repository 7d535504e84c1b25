package io.sparsemesh.contracts.message;

import io.sparsemesh.contracts.event.EvaluationUpdated;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobRemoved;
import io.sparsemesh.contracts.event.LayersChanged;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.task.AbandonTasks;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskHeartbeat;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import java.util.Optional;

/// Every kind of message, its CloudEvents type name and its class.
public enum MessageType {
    JOB_SUBMITTED("io.sparsemesh.job.submitted.v1", JobSubmitted.class),
    CANCEL_REQUESTED("io.sparsemesh.job.cancel-requested.v1", CancelRequested.class),
    RETRY_REQUESTED("io.sparsemesh.job.retry-requested.v1", RetryRequested.class),
    DELETE_REQUESTED("io.sparsemesh.job.delete-requested.v1", DeleteRequested.class),
    TASK("io.sparsemesh.task.v1", LayerTask.class),
    TASK_STARTED("io.sparsemesh.task.started.v1", TaskStarted.class),
    TASK_HEARTBEAT("io.sparsemesh.task.heartbeat.v1", TaskHeartbeat.class),
    TASK_SUCCEEDED("io.sparsemesh.task.succeeded.v1", TaskSucceeded.class),
    TASK_FAILED("io.sparsemesh.task.failed.v1", TaskFailed.class),
    ABANDON_TASKS("io.sparsemesh.task.abandon.v1", AbandonTasks.class),
    WORKER_STATUS("io.sparsemesh.worker.status.v1", WorkerStatus.class),
    JOB_CHANGED("io.sparsemesh.job.changed.v1", JobChanged.class),
    JOB_REMOVED("io.sparsemesh.job.removed.v1", JobRemoved.class),
    LAYERS_CHANGED("io.sparsemesh.layers.changed.v1", LayersChanged.class),
    TASK_CHANGED("io.sparsemesh.task.changed.v1", TaskChanged.class),
    EVALUATION_UPDATED("io.sparsemesh.evaluation.updated.v1", EvaluationUpdated.class);

    private final String typeName;
    private final Class<? extends Message> messageClass;

    MessageType(String typeName, Class<? extends Message> messageClass) {
        this.typeName = typeName;
        this.messageClass = messageClass;
    }

    /// The CloudEvents `type` attribute.
    public String typeName() {
        return typeName;
    }

    public Class<? extends Message> messageClass() {
        return messageClass;
    }

    public static Optional<MessageType> named(String typeName) {
        for (MessageType type : values()) {
            if (type.typeName.equals(typeName)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    public static MessageType of(Message message) {
        for (MessageType type : values()) {
            if (type.messageClass == message.getClass()) {
                return type;
            }
        }
        throw new IllegalArgumentException("no message type for " + message.getClass());
    }
}
