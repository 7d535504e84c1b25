package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.client.ServerEvent;
import io.sparsemesh.deploy.progress.JobWatch;
import io.sparsemesh.deploy.progress.ProgressView;
import java.io.PrintWriter;
import java.util.Map;

/// Watches one job for `watch` and for `submit --wait`.
final class Watching {
    private Watching() {}

    /// Shows progress, then the job. With JSON: one line for each event, then the job.
    ///
    /// @param progress where progress goes
    /// @return the exit status that the job's last state asks for
    static int untilEnd(Gateway gateway, String id, Format format, PrintWriter progress) {
        ProgressView view =
                format.isJson()
                        ? ProgressView.none()
                        : ProgressView.on(progress, ProgressView.isTerminal());
        JobWatch watch =
                new JobWatch(
                        gateway,
                        Map.of(id, "job " + id),
                        view,
                        event -> {
                            if (format.isJson()) {
                                printLine(event, format.out());
                            }
                        });
        JsonNode job = watch.untilEnd().getFirst();
        if (format.isJson()) {
            format.out().println(job);
        } else {
            JobText.print(job, format.out());
        }
        return ExitCode.of(job);
    }

    private static void printLine(ServerEvent event, PrintWriter out) {
        ObjectNode line = Gateway.JSON.createObjectNode();
        line.put("id", event.id()).put("event", event.type());
        try {
            line.set("data", Gateway.JSON.readTree(event.data()));
        } catch (JsonProcessingException notJson) {
            line.put("data", event.data());
        }
        out.println(line);
        out.flush();
    }
}
