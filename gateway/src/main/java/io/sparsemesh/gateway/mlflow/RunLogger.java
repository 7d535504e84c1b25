package io.sparsemesh.gateway.mlflow;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Logs a run, which it may have logged in part before.
final class RunLogger {

    /// Of what a server takes in one request.
    private static final int METRICS = 1000;

    private static final int PARAMS = 100;

    private final TrackingServer server;

    RunLogger(TrackingServer server) {
        this.server = server;
    }

    /// @return the run's id
    String log(String experiment, Run run) throws MlflowException, InterruptedException {
        String in = server.experiment(experiment);
        Optional<String> begun = server.findRun(in, Run.END_TAG, run.end());
        String id = begun.isPresent() ? begun.get() : server.createRun(in, run, tags(run));
        for (List<Map.Entry<String, String>> some : batches(run.params().entrySet(), PARAMS)) {
            server.logParams(id, some);
        }
        long at = run.endedAt().toEpochMilli();
        for (List<Run.Metric> some : batches(run.metrics(), METRICS)) {
            server.logMetrics(id, some, at);
        }
        server.end(id, run.status(), at);
        return id;
    }

    private static Map<String, String> tags(Run run) {
        Map<String, String> tags = new TreeMap<>(run.tags());
        tags.put(Run.END_TAG, run.end());
        return tags;
    }

    static <T> List<List<T>> batches(Iterable<T> all, int most) {
        List<List<T>> batches = new ArrayList<>();
        for (T one : all) {
            if (batches.isEmpty() || batches.getLast().size() == most) {
                batches.add(new ArrayList<>());
            }
            batches.getLast().add(one);
        }
        return batches;
    }
}
