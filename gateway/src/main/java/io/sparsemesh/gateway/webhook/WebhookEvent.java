package io.sparsemesh.gateway.webhook;

import io.sparsemesh.contracts.event.EvaluationUpdated;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.contracts.event.JobRemoved;
import io.sparsemesh.contracts.event.LayersChanged;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.job.JobState;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What webhooks may be asked to tell. Single tasks are for the event stream: a job has thousands.
public enum WebhookEvent {
    JOB_QUEUED("job.queued"),
    JOB_PRUNING("job.pruning"),
    JOB_ASSEMBLING("job.assembling"),
    JOB_EVALUATING("job.evaluating"),
    JOB_SUCCEEDED("job.succeeded"),
    JOB_DEGRADED("job.degraded"),
    JOB_FAILED("job.failed"),
    JOB_CANCELLING("job.cancelling"),
    JOB_CANCELLED("job.cancelled"),
    LAYERS_CHANGED("layers.changed"),
    EVALUATION_UPDATED("evaluation.updated");

    /// The job has ended: what is told unless the request says otherwise.
    public static final List<WebhookEvent> ENDS =
            List.of(JOB_SUCCEEDED, JOB_DEGRADED, JOB_FAILED, JOB_CANCELLED);

    private final String text;

    WebhookEvent(String text) {
        this.text = text;
    }

    /// The name in requests and answers.
    public String text() {
        return text;
    }

    /// The `type` of its CloudEvents.
    String typeName() {
        return "io.sparsemesh." + text + ".v1";
    }

    /// All of them by their names in requests.
    public static Map<String, WebhookEvent> byText() {
        Map<String, WebhookEvent> byText = new LinkedHashMap<>();
        Arrays.stream(values()).forEach(event -> byText.put(event.text, event));
        return byText;
    }

    /// What webhooks call an event of a job, if they tell it at all.
    static Optional<WebhookEvent> of(JobEvent event) {
        return switch (event) {
            case JobChanged changed -> of(changed.state());
            case LayersChanged _ -> Optional.of(LAYERS_CHANGED);
            case EvaluationUpdated _ -> Optional.of(EVALUATION_UPDATED);
            case TaskChanged _, JobRemoved _ -> Optional.empty();
        };
    }

    private static Optional<WebhookEvent> of(JobState state) {
        return switch (state) {
            case VALIDATING -> Optional.empty();
            case QUEUED -> Optional.of(JOB_QUEUED);
            case PRUNING -> Optional.of(JOB_PRUNING);
            case ASSEMBLING -> Optional.of(JOB_ASSEMBLING);
            case EVALUATING -> Optional.of(JOB_EVALUATING);
            case SUCCEEDED -> Optional.of(JOB_SUCCEEDED);
            case DEGRADED -> Optional.of(JOB_DEGRADED);
            case FAILED -> Optional.of(JOB_FAILED);
            case CANCELLING -> Optional.of(JOB_CANCELLING);
            case CANCELLED -> Optional.of(JOB_CANCELLED);
        };
    }
}
