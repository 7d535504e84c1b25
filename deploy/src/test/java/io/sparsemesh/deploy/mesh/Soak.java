package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.mesh.Trend.Bound;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/// Jobs at a steady pace through real services that delete them soon after their end, while what
/// every process holds is measured: nothing may grow. Output folders are their users', who delete
/// them here when the job has ended.
final class Soak {

    /// Kept short, so that a run has as many jobs of every age at its half as at its end.
    static final Map<String, String> SETTINGS =
            Map.of(
                    "SPARSEMESH_RETENTION",
                    "2m",
                    "SPARSEMESH_SWEEP_AFTER",
                    "2m",
                    "SPARSEMESH_REPEATS_KNOWN",
                    "3m",
                    "SPARSEMESH_CLEANED_EVERY",
                    "30s");

    private static final Duration JOB_LIMIT = Duration.ofMinutes(2);
    private static final int MOST_IN_FLIGHT = 4;

    private final TestMesh mesh;
    private final LoadJobs jobs;
    private final SoakProbe probe;
    private final Plan plan;
    private final Gateway gateway;
    private final List<Map<String, Double>> samples = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final Deque<Submitted> inFlight = new ArrayDeque<>();
    private int submitted;

    /// @param length of the whole
    /// @param pace from one submission to the next
    /// @param pause from one measurement to the next
    record Plan(Duration length, Duration pace, Duration pause) {}

    private record Submitted(String id, String name, Instant at) {}

    /// @param home of the mesh, whose services have `tmp` in it as folder for temporary files
    Soak(TestMesh mesh, Path home, LoadJobs jobs, Plan plan) {
        this.mesh = mesh;
        this.jobs = jobs;
        this.plan = plan;
        this.probe = new SoakProbe(mesh, home);
        this.gateway = new Gateway(mesh.client.gateway(), java.util.Optional.empty());
    }

    /// Runs it; [#table] tells then what was found.
    void run() throws Exception {
        keepRecordsBriefly();
        Instant begin = Instant.now();
        Instant end = begin.plus(plan.length());
        Instant nextJob = begin;
        Instant nextSample = begin.plus(plan.pause());
        while (Instant.now().isBefore(end)) {
            if (!Instant.now().isBefore(nextJob)) {
                nextJob = nextJob.plus(plan.pace());
                submit();
            }
            settle();
            if (!Instant.now().isBefore(nextSample)) {
                nextSample = nextSample.plus(plan.pause());
                sample(begin);
            }
            Thread.sleep(Duration.ofMillis(50));
        }
        while (!inFlight.isEmpty()) {
            settle();
            Thread.sleep(Duration.ofMillis(50));
        }
    }

    private void submit() {
        if (inFlight.size() >= MOST_IN_FLIGHT) {
            return;
        }
        String name = "soak-" + submitted++;
        String id =
                gateway.submit(jobs.whole(name), java.util.Optional.empty()).path("id").asText();
        inFlight.add(new Submitted(id, name, Instant.now()));
    }

    private void settle() throws IOException {
        for (Submitted job : List.copyOf(inFlight)) {
            JsonNode view = gateway.job(job.id());
            boolean late = Instant.now().isAfter(job.at().plus(JOB_LIMIT));
            if (view.path("finishedAt").isNull() && !late) {
                continue;
            }
            inFlight.remove(job);
            if (!view.path("state").asText().equals("SUCCEEDED")) {
                faults.add(view.toString());
            }
            delete(jobs.output(job.name()));
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (var files = Files.walk(folder)) {
                for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private void sample(Instant begin) throws Exception {
        Map<String, Double> sample = probe.measure();
        samples.add(sample);
        Map<String, Object> line = new TreeMap<>(sample);
        line.put("seconds", Duration.between(begin, Instant.now()).toSeconds());
        line.put("jobs", submitted);
        System.out.println("sample " + Gateway.JSON.writeValueAsString(line));
    }

    /// As a week of records would be kept, in two minutes.
    private void keepRecordsBriefly() throws ExecutionException, InterruptedException {
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", mesh.kafka.bootstrapServers()))) {
            Set<String> topics =
                    admin.listTopics(
                                    new org.apache.kafka.clients.admin.ListTopicsOptions()
                                            .listInternal(true))
                            .names()
                            .get();
            Map<ConfigResource, java.util.Collection<AlterConfigOp>> changes =
                    new java.util.HashMap<>();
            for (String topic : topics) {
                changes.put(
                        new ConfigResource(ConfigResource.Type.TOPIC, topic),
                        List.of(
                                set(TopicConfig.RETENTION_MS_CONFIG, "120000"),
                                set(TopicConfig.SEGMENT_BYTES_CONFIG, "1048576"),
                                set(TopicConfig.SEGMENT_MS_CONFIG, "60000")));
            }
            admin.incrementalAlterConfigs(changes).all().get();
        }
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    int jobsDone() {
        return submitted;
    }

    /// Jobs that did not succeed, and all that grew.
    List<String> faults() {
        List<String> all = new ArrayList<>(faults);
        series().forEach(
                        (name, trend) -> {
                            if (trend.grows(probe.bounds().get(name))) {
                                all.add(
                                        "%s grew from %.1f to %.1f"
                                                .formatted(name, trend.second(), trend.last()));
                            }
                        });
        return all;
    }

    /// What was measured each time.
    private Map<String, Trend> series() {
        Map<String, Trend> series = new TreeMap<>();
        if (samples.size() < 3) {
            return series;
        }
        for (String name : samples.getFirst().keySet()) {
            series.put(
                    name, new Trend(samples.stream().map(s -> s.getOrDefault(name, 0.0)).toList()));
        }
        return series;
    }

    /// A line for each series: medians of the thirds, what more would be growth, and whether it is.
    String table() {
        StringBuilder table =
                new StringBuilder(
                        "%-44s %12s %12s %12s %12s  %s%n"
                                .formatted(
                                        "medians of thirds",
                                        "first",
                                        "second",
                                        "last",
                                        "allowed",
                                        "grew"));
        series().forEach(
                        (name, trend) -> {
                            Bound bound = probe.bounds().get(name);
                            double allowed = trend.second() * (1 + bound.share()) + bound.slack();
                            table.append(
                                    "%-44s %12.1f %12.1f %12.1f %12.1f  %s%n"
                                            .formatted(
                                                    name,
                                                    trend.first(),
                                                    trend.second(),
                                                    trend.last(),
                                                    allowed,
                                                    trend.grows(bound) ? "YES" : "no"));
                        });
        return table.toString();
    }
}
