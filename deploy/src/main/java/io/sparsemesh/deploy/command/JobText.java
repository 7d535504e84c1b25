package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.text.Paint;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Writes a job for people.
final class JobText {
    private JobText() {}

    static void print(JsonNode job, PrintWriter out, Paint paint) {
        line(out, "job", job.path("id").asText());
        line(out, "state", state(job, paint));
        line(out, "model", job.at("/request/model/uri").asText());
        line(out, "method", method(job.at("/request/method")));
        JsonNode progress = job.path("progress");
        if (progress.path("layersTotal").asInt() > 0) {
            line(
                    out,
                    "layers",
                    progress.path("layersDone").asInt()
                            + " of "
                            + progress.path("layersTotal").asInt());
        }
        line(out, "created", job.path("createdAt").asText());
        line(out, "finished", job.path("finishedAt").asText(""));
        error(job.path("error"), out);
        result(job.path("result"), out);
    }

    /// Name and target, and what is not as in the paper.
    static String method(JsonNode method) {
        List<String> parts = new ArrayList<>();
        method.path("targets").forEach(target -> parts.add(target(target)));
        if (parts.isEmpty()) {
            parts.add(target(method));
        }
        if (method.hasNonNull("quantization")) {
            parts.add(method.at("/quantization/bits").asText() + " bits");
        }
        if (method.hasNonNull("allocation")) {
            parts.add(method.path("allocation").asText());
        }
        if (method.hasNonNull("refit")) {
            parts.add("refit " + method.at("/refit/mode").asText());
        }
        String propagation = method.path("propagation").asText("sequential");
        if (!propagation.equals("sequential")) {
            parts.add(propagation);
        }
        return method.path("name").asText() + " " + String.join(", ", parts);
    }

    private static String target(JsonNode fields) {
        return fields.hasNonNull("pattern")
                ? fields.path("pattern").asText()
                : percent(fields.path("sparsity").asDouble());
    }

    static String percent(double share) {
        return "%.1f %%".formatted(100 * share).replace(".0 %", " %");
    }

    private static String state(JsonNode job, Paint paint) {
        String reason = job.path("stateReason").asText("");
        return paint.state(job.path("state").asText())
                + (reason.isEmpty() ? "" : " (" + reason + ")");
    }

    private static void error(JsonNode error, PrintWriter out) {
        if (error.isObject()) {
            String task = error.path("task").asText("");
            line(
                    out,
                    "error",
                    error.path("code").asText()
                            + ": "
                            + error.path("message").asText(error.path("detail").asText(""))
                            + (task.isEmpty() ? "" : " (" + task + ")"));
        }
    }

    private static void result(JsonNode result, PrintWriter out) {
        if (!result.isObject()) {
            return;
        }
        line(out, "output", result.path("outputUri").asText());
        if (result.hasNonNull("candidates")) {
            line(out, "shared", result.path("shared").asText());
            new SweepText(result).print(out);
        } else {
            checkpoint(result, out);
            AllocationText.print(result.path("allocation"), out);
        }
        for (JsonNode layer : result.path("degraded")) {
            line(out, "degraded", layer.asText());
        }
    }

    private static void checkpoint(JsonNode result, PrintWriter out) {
        line(out, "sha256", result.path("sha256").asText());
        line(out, "sparsity", percent(result.path("sparsity").asDouble()));
        for (String variant : new String[] {"dense", "pruned"}) {
            for (Map.Entry<String, JsonNode> suite : result.path(variant).properties()) {
                line(out, variant, suite.getKey() + " " + metrics(suite.getValue()));
            }
        }
    }

    static String metrics(JsonNode metrics) {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, JsonNode> metric : metrics.properties()) {
            text.append(
                    "%s%s %.4f"
                            .formatted(
                                    text.isEmpty() ? "" : ", ",
                                    metric.getKey(),
                                    metric.getValue().asDouble()));
        }
        return text.toString();
    }

    static void line(PrintWriter out, String name, String value) {
        if (!value.isEmpty()) {
            out.println("%-9s %s".formatted(name, value));
        }
    }
}
