package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// Takes the events of all jobs as a stream tells them, and checks that those of each job are
/// numbered from 1 on. Who watches from the first event on, and deletes no job before its end was
/// seen here, misses none.
final class EventOrder {

    private static final Set<String> ENDS = Set.of("SUCCEEDED", "DEGRADED", "FAILED", "CANCELLED");

    private final Map<String, Long> last = new ConcurrentHashMap<>();
    private final Set<String> ended = ConcurrentHashMap.newKeySet();
    private final List<String> problems = new CopyOnWriteArrayList<>();

    void take(JsonNode event) {
        String job = event.path("jobId").asText();
        long seq = event.path("seq").asLong();
        Long before = last.put(job, seq);
        long expected = before == null ? 1 : before + 1;
        if (seq != expected) {
            problems.add("job %s: expected event %d, found %d".formatted(job, expected, seq));
        }
        if (event.path("type").asText().equals("job.changed")) {
            changed(job, event.path("data").path("state").asText());
        }
    }

    /// A cancelled job that is tried again has not ended.
    private void changed(String job, String state) {
        if (ENDS.contains(state)) {
            ended.add(job);
        } else {
            ended.remove(job);
        }
    }

    /// Whether the last that was told of a job's state is that it ended.
    boolean hasEnded(String job) {
        return ended.contains(job);
    }

    List<String> problems() {
        return List.copyOf(problems);
    }
}
