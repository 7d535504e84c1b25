package io.sparsemesh.contracts;

/// Kafka topic and group names. The key of every record is the job id, of [#WORKERS] the worker's
/// name, of the task topics the task id.
public final class Topics {

    /// Gateway to scheduler: jobs submitted, cancelled, retried, deleted.
    public static final String REQUESTS = "sparsemesh.requests";

    /// Scheduler to layer-workers, read through the share group [#LAYER_WORKERS].
    public static final String LAYER_TASKS = "sparsemesh.layer-tasks";

    /// Scheduler to evaluators, read through the share group [#EVALUATORS].
    public static final String EVALUATION_TASKS = "sparsemesh.evaluation-tasks";

    /// Workers and evaluators to scheduler: started, heartbeat, succeeded, failed.
    public static final String RESULTS = "sparsemesh.results";

    /// Scheduler to gateways: what happened to a job, in order.
    public static final String EVENTS = "sparsemesh.events";

    /// Scheduler to all workers: attempts to abandon.
    public static final String CONTROL = "sparsemesh.control";

    /// Workers to scheduler and gateway: who is there, with which device, doing what.
    public static final String WORKERS = "sparsemesh.workers";

    /// Records that nobody can read, as they were, with the reason as a header: `sparsemesh_reason`
    /// from a worker. For people.
    public static final String DEAD_LETTERS = "sparsemesh.dead-letters";

    public static final String LAYER_WORKERS = "sparsemesh.layer-workers";

    public static final String EVALUATORS = "sparsemesh.evaluators";

    private Topics() {}
}
