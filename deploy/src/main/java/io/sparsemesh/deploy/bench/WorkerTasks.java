package io.sparsemesh.deploy.bench;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a worker's metrics tell of its tasks.
///
/// @param seconds worked on the tasks of each kind
public record WorkerTasks(Map<String, Double> seconds) {

    private static final Set<String> PRUNING = Set.of("calibrate", "solve", "assemble");
    private static final Pattern SUM =
            Pattern.compile("^sparsemesh_tasks_seconds_sum\\{([^}]*)} (\\S+)$", Pattern.MULTILINE);
    private static final Pattern KIND = Pattern.compile("kind=\"(\\w+)\"");

    public WorkerTasks {
        seconds = Map.copyOf(seconds);
    }

    /// @param text in the Prometheus format
    public static WorkerTasks read(String text) {
        Map<String, Double> seconds = new TreeMap<>();
        Matcher sum = SUM.matcher(text);
        while (sum.find()) {
            Matcher kind = KIND.matcher(sum.group(1));
            if (kind.find()) {
                seconds.merge(kind.group(1), Double.parseDouble(sum.group(2)), Double::sum);
            }
        }
        return new WorkerTasks(seconds);
    }

    /// What was done since then.
    ///
    /// @param earlier of the same worker
    public WorkerTasks since(WorkerTasks earlier) {
        Map<String, Double> done = new TreeMap<>();
        seconds.forEach((kind, sum) -> done.put(kind, sum - earlier.of(kind)));
        return new WorkerTasks(done);
    }

    /// What this worker and another one have done.
    public WorkerTasks and(WorkerTasks other) {
        Map<String, Double> both = new TreeMap<>(seconds);
        other.seconds.forEach((kind, sum) -> both.merge(kind, sum, Double::sum));
        return new WorkerTasks(both);
    }

    double of(String kind) {
        return seconds.getOrDefault(kind, 0.0);
    }

    /// All that leads to the pruned checkpoint.
    double pruningSeconds() {
        return PRUNING.stream().mapToDouble(this::of).sum();
    }
}
