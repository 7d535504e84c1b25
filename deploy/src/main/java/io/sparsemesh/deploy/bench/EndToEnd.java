package io.sparsemesh.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.checkpoint.TensorInfo;
import io.sparsemesh.deploy.client.Gateway;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;

/// One job from its submission to its end, timed from outside.
///
/// @param model folder of the model
/// @param ids token ids: `calib` `[samples, length]` and `test`
/// @param pattern `0.5`, `2:4`, or either after `magnitude:`
/// @param workers of the mesh
public record EndToEnd(Path model, Path ids, String pattern, int workers) {

    private static final String MAGNITUDE = "magnitude:";
    private static final String SUITE = "test";
    private static final Duration POLL = Duration.ofSeconds(30);
    private static final Set<String> BEFORE_ASSEMBLED =
            Set.of("VALIDATING", "QUEUED", "PRUNING", "ASSEMBLING");
    private static final Set<String> WITH_CHECKPOINT = Set.of("SUCCEEDED", "DEGRADED");
    private static final Set<String> ENDED = Set.of("SUCCEEDED", "DEGRADED", "FAILED", "CANCELLED");

    /// @param assembledSeconds from the submission until the pruned checkpoint was there
    /// @param totalSeconds until the evaluation was done too
    /// @param tasks what the workers did until the checkpoint was there
    /// @param workers how many there are
    /// @param job the ended job as the gateway describes it
    public record Times(
            double assembledSeconds,
            double totalSeconds,
            WorkerTasks tasks,
            int workers,
            JsonNode job) {

        /// Also where a layer needed a fallback.
        public boolean hasCheckpoint() {
            return WITH_CHECKPOINT.contains(job.path("state").asText());
        }

        /// Share of the time to the checkpoint in which a worker had no task.
        public double overheadShare() {
            return 1 - tasks.pruningSeconds() / (workers * assembledSeconds);
        }
    }

    /// Runs the job.
    ///
    /// @param output folder to be made
    /// @param done tells what the workers have done so far
    public Times run(Gateway gateway, Path output, Callable<WorkerTasks> done) throws Exception {
        ObjectNode request = request(output);
        WorkerTasks before = done.call();
        long begin = System.nanoTime();
        String id = gateway.submit(request, Optional.empty()).path("id").asText();
        JsonNode job = gateway.job(id);
        while (BEFORE_ASSEMBLED.contains(job.path("state").asText())) {
            job = gateway.job(id, POLL);
        }
        double assembled = secondsSince(begin);
        WorkerTasks tasks = done.call().since(before);
        while (!ENDED.contains(job.path("state").asText())) {
            job = gateway.job(id, POLL);
        }
        return new Times(assembled, secondsSince(begin), tasks, workers, job);
    }

    private static double secondsSince(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    /// Perplexity of the pruned model on `test`.
    public static double perplexity(JsonNode job) {
        return job.path("result").path("pruned").path(SUITE).path("perplexity").asDouble();
    }

    private ObjectNode request(Path output) {
        TensorInfo calibration = calibration();
        long length = calibration.shape().get(1);
        ObjectNode request = Gateway.JSON.createObjectNode();
        request.putObject("model").put("uri", uri(model));
        method(request.putObject("method"));
        request.putObject("calibration")
                .put("uri", uri(ids))
                .put("tensor", "calib")
                .put("samples", calibration.shape().get(0))
                .put("sequenceLength", length);
        request.putObject("evaluation")
                .put("dense", false)
                .putArray("perplexity")
                .addObject()
                .put("name", SUITE)
                .put("uri", uri(ids))
                .put("tensor", "test")
                .put("protocol", "gptq")
                .put("sequenceLength", length);
        request.putObject("output").put("uri", uri(output));
        return request;
    }

    private void method(ObjectNode method) {
        boolean magnitude = pattern.startsWith(MAGNITUDE);
        String target = magnitude ? pattern.substring(MAGNITUDE.length()) : pattern;
        method.put("name", magnitude ? "magnitude" : "sparsegpt");
        if (target.contains(":")) {
            method.put("pattern", target);
            return;
        }
        try {
            method.put("sparsity", Double.parseDouble(target));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "pattern: expected 0.5, 2:4 or magnitude:0.5, found '%s'".formatted(pattern),
                    e);
        }
    }

    private TensorInfo calibration() {
        try (SafetensorsFile file = SafetensorsFile.open(ids)) {
            TensorInfo found = file.tensors().get("calib");
            if (found == null || found.shape().size() != 2 || !file.tensors().containsKey("test")) {
                throw new IllegalArgumentException(
                        "[%s] expected tensors 'calib' [samples, length] and 'test', found %s"
                                .formatted(ids.getFileName(), file.tensors().keySet()));
            }
            return found;
        }
    }

    private static String uri(Path path) {
        return "file://" + path.toAbsolutePath().normalize().toUri().getRawPath();
    }
}
