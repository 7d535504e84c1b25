package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/// Writes the plan of a job that was not submitted for people.
final class PlanText {
    private static final long MIB = 1L << 20;

    private PlanText() {}

    static void print(JsonNode plan, PrintWriter out) {
        JobText.line(
                out,
                "prunes",
                "%d linears in %d blocks"
                        .formatted(plan.path("matched").size(), plan.path("blocks").size()));
        for (JsonNode linear : plan.path("skipped")) {
            String why = linear.path("name").asText() + ": " + linear.path("reason").asText();
            JobText.line(out, "skips", why);
        }
        JobText.line(out, "tasks", counts(plan.at("/tasks/byKind"), 1, ""));
        JobText.line(out, "reads", plan.path("bytesRead").asLong() / MIB + " MiB");
        JobText.line(out, "writes", plan.path("bytesWritten").asLong() / MIB + " MiB");
        JobText.line(
                out, "store", "at most " + plan.path("peakStoreBytes").asLong() / MIB + " MiB");
        JobText.line(out, "memory", counts(plan.path("peakMemoryBytes"), MIB, " MiB"));
        plan.path("outputs")
                .properties()
                .forEach(e -> JobText.line(out, "output", e.getValue().asText()));
        JobText.line(out, "shared", plan.path("shared").asText(""));
        out.println("nothing was submitted; -o json has every linear and default");
    }

    private static String counts(JsonNode byKind, long unit, String name) {
        List<String> counts = new ArrayList<>();
        byKind.properties()
                .forEach(e -> counts.add(e.getKey() + " " + e.getValue().asLong() / unit + name));
        return String.join(", ", counts);
    }
}
