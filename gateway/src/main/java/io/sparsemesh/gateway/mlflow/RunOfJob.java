package io.sparsemesh.gateway.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.contracts.job.JobState;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What MLflow is told of a job: the request as parameters, what was measured as metrics, where the
/// output lies as tags.
final class RunOfJob {

    /// What every tracking server takes.
    private static final int LONGEST_KEY = 250;

    private static final int LONGEST_PARAM = 500;
    private static final int LONGEST_TAG = 5000;
    private static final Pattern UP_TO_BLOCK = Pattern.compile("(.*)-b(\\d{3,})");

    private final JobDocuments.Document document;
    private final Optional<URI> publicUrl;

    /// @param publicUrl of the gateway, for links
    RunOfJob(JobDocuments.Document document, Optional<URI> publicUrl) {
        this.document = document;
        this.publicUrl = publicUrl;
    }

    /// @param seq number of the event that ended the job
    Run run(long seq) {
        JsonNode job = document.job();
        return new Run(
                name(),
                id() + "-" + seq,
                status(JobState.valueOf(job.path("state").asText())),
                started(),
                ended(),
                tags(),
                params(),
                metrics());
    }

    private String id() {
        return document.job().path("id").asText();
    }

    private Instant ended() {
        return Instant.parse(document.job().path("finishedAt").asText());
    }

    private Instant started() {
        JsonNode job = document.job();
        return Instant.parse(job.path("startedAt").asText(job.path("createdAt").asText()));
    }

    private String name() {
        JsonNode request = document.job().path("request");
        String model = request.path("model").path("uri").asText().replaceAll("/+$", "");
        return model.substring(model.lastIndexOf('/') + 1) + " " + id();
    }

    private static Run.Status status(JobState state) {
        return switch (state) {
            case SUCCEEDED, DEGRADED -> Run.Status.FINISHED;
            case FAILED -> Run.Status.FAILED;
            case CANCELLED -> Run.Status.KILLED;
            case VALIDATING, QUEUED, PRUNING, ASSEMBLING, EVALUATING, CANCELLING ->
                    throw new IllegalArgumentException("not an end: " + state);
        };
    }

    private Map<String, String> tags() {
        JsonNode job = document.job();
        Map<String, String> tags = new TreeMap<>();
        tags.put("sparsemesh.job", id());
        tags.put("sparsemesh.tenant", document.tenant().name());
        tags.put("sparsemesh.state", job.path("state").asText());
        tags.put("sparsemesh.reason", job.path("stateReason").asText());
        job.path("request")
                .path("labels")
                .properties()
                .forEach(l -> tags.put("sparsemesh.label." + l.getKey(), l.getValue().asText()));
        JsonNode result = job.path("result");
        if (result.isObject()) {
            String output = result.path("outputUri").asText();
            tags.put("sparsemesh.output", output);
            tags.put("sparsemesh.output.sha256", result.path("sha256").asText(""));
            tags.put("sparsemesh.degraded", Integer.toString(result.path("degraded").size()));
        }
        publicUrl.ifPresent(url -> link(url, result.isObject(), tags));
        tags.values().removeIf(String::isEmpty);
        Map<String, String> valid = new TreeMap<>();
        tags.forEach((key, value) -> valid.put(key(key), cut(value, LONGEST_TAG)));
        return valid;
    }

    private void link(URI url, boolean hasOutput, Map<String, String> tags) {
        String gateway = url.toString().replaceAll("/+$", "");
        String page = gateway + "/#/jobs/" + id();
        String files = gateway + "/v1/jobs/" + id() + "/artifacts";
        String report = files + "/sparsemesh-report.json";
        tags.put("sparsemesh.link", page);
        if (hasOutput) {
            tags.put("sparsemesh.files", files);
        }
        tags.put(
                "mlflow.note.content",
                "[Job %s](%s)".formatted(id(), page)
                        + (hasOutput
                                ? ", its [files](%s) and [report](%s)".formatted(files, report)
                                : ""));
    }

    private Map<String, String> params() {
        Map<String, String> params = new LinkedHashMap<>();
        JsonNode request = document.job().path("request");
        for (String part :
                List.of("model", "method", "calibration", "evaluation", "output", "onFallback")) {
            flatten(part, request.path(part), params);
        }
        return params;
    }

    /// Each value under its path, as JSON pointers have it but with dots; lists of plain values as
    // one.
    private static void flatten(String key, JsonNode value, Map<String, String> params) {
        if (value.isObject()) {
            value.properties().forEach(p -> flatten(key + "." + p.getKey(), p.getValue(), params));
        } else if (value.isArray() && !value.isEmpty() && value.get(0).isContainerNode()) {
            for (int i = 0; i < value.size(); i++) {
                flatten(key + "." + i, value.get(i), params);
            }
        } else if (!value.isNull() && !value.isMissingNode()) {
            String text = value.isValueNode() ? value.asText() : value.toString();
            params.put(key(key), cut(text, LONGEST_PARAM));
        }
    }

    private List<Run.Metric> metrics() {
        List<Run.Metric> metrics = new ArrayList<>();
        metrics.add(new Run.Metric("seconds", seconds(), 0));
        JsonNode result = document.job().path("result");
        number("sparsity", result.path("sparsity"), metrics);
        for (JsonNode candidate : result.path("candidates")) {
            number(
                    candidate.path("name").asText() + "/sparsity",
                    candidate.path("sparsity"),
                    metrics);
        }
        document.evaluations().forEach(evaluation -> evaluation(evaluation, metrics));
        document.layers().forEach(layer -> layer(layer, metrics));
        return metrics;
    }

    /// Only what was measured to the end. A model that is pruned up to a block is a step of a
    // curve.
    private static void evaluation(JsonNode evaluation, List<Run.Metric> metrics) {
        if (!evaluation.path("state").asText().equals("SUCCEEDED")) {
            return;
        }
        Matcher upTo = UP_TO_BLOCK.matcher(evaluation.path("variant").asText());
        boolean partial = upTo.matches();
        String variant = partial ? upTo.group(1) + "-blocks" : evaluation.path("variant").asText();
        long step = partial ? Long.parseLong(upTo.group(2)) : 0;
        String place = variant + "/" + evaluation.path("task").asText() + "/";
        evaluation
                .path("metrics")
                .properties()
                .forEach(m -> number(place + m.getKey(), m.getValue(), step, metrics));
    }

    private double seconds() {
        return (ended().toEpochMilli() - started().toEpochMilli()) / 1000.0;
    }

    private static void number(String key, JsonNode value, List<Run.Metric> metrics) {
        number(key, value, 0, metrics);
    }

    private static void number(String key, JsonNode value, long step, List<Run.Metric> metrics) {
        if (value.isNumber()) {
            metrics.add(new Run.Metric(key(key), value.asDouble(), step));
        }
    }

    /// A curve over the blocks for each linear of a block.
    private static void layer(JsonNode layer, List<Run.Metric> metrics) {
        long block = layer.path("block").asLong();
        String linear = linear(layer.path("name").asText(), block);
        number("relative_error/" + linear, layer.path("relativeError"), block, metrics);
        number("layer_sparsity/" + linear, layer.path("sparsity"), block, metrics);
    }

    /// `self_attn.q_proj` of `model.layers.3.self_attn.q_proj`, with the candidate of a sweep
    /// before it.
    static String linear(String name, long block) {
        int slash = name.indexOf('/');
        String candidate = name.substring(0, slash + 1);
        String number = "." + block + ".";
        int at = name.indexOf(number, slash + 1);
        return candidate
                + (at < 0 ? name.substring(slash + 1) : name.substring(at + number.length()));
    }

    /// Keys consist of letters, digits, `_ - . / :` and spaces.
    static String key(String text) {
        return cut(text.replaceAll("[^\\w./: -]", "_"), LONGEST_KEY);
    }

    private static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most - 1) + "…";
    }
}
