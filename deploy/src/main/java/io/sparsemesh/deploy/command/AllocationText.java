package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.text.Table;
import java.io.PrintWriter;
import java.util.Locale;

/// Writes what came of an allocation: which checkpoint was kept and why, and each block's sparsity.
final class AllocationText {

    private AllocationText() {}

    /// Nothing where none was asked for.
    static void print(JsonNode allocation, PrintWriter out) {
        if (!allocation.isObject()) {
            return;
        }
        String kept = allocation.path("kept").asText();
        JobText.line(out, "kept", kept + " (" + allocation.path("reason").asText() + ")");
        allocation
                .path("predictedErrors")
                .properties()
                .forEach(
                        e ->
                                JobText.line(
                                        out,
                                        "predicted",
                                        "%s %s".formatted(e.getKey(), text(e.getValue()))));
        Table table = new Table("BLOCK", ">" + allocation.path("asked").asText());
        for (JsonNode block : allocation.path("blocks")) {
            table.row(
                    block.path("block").asText(),
                    JobText.percent(block.path("sparsity").asDouble()));
        }
        table.print(out);
    }

    private static String text(JsonNode error) {
        return String.format(Locale.ROOT, "%.4f", error.asDouble());
    }
}
