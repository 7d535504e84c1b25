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
        out.println(
                "prunes    %d linears in %d blocks"
                        .formatted(plan.path("matched").size(), plan.path("blocks").size()));
        for (JsonNode linear : plan.path("skipped")) {
            out.println(
                    "skips     %s: %s"
                            .formatted(
                                    linear.path("name").asText(), linear.path("reason").asText()));
        }
        out.println("tasks     " + counts(plan.at("/tasks/byKind"), 1, ""));
        out.println("reads     %d MiB".formatted(plan.path("bytesRead").asLong() / MIB));
        out.println("writes    %d MiB".formatted(plan.path("bytesWritten").asLong() / MIB));
        out.println("memory    " + counts(plan.path("peakMemoryBytes"), MIB, " MiB"));
        plan.path("outputs")
                .properties()
                .forEach(e -> out.println("output    " + e.getValue().asText()));
        if (plan.hasNonNull("shared")) {
            out.println("shared    " + plan.path("shared").asText());
        }
        out.println("nothing was submitted; -o json has every linear and default");
    }

    private static String counts(JsonNode byKind, long unit, String name) {
        List<String> counts = new ArrayList<>();
        byKind.properties()
                .forEach(e -> counts.add(e.getKey() + " " + e.getValue().asLong() / unit + name));
        return String.join(", ", counts);
    }
}
