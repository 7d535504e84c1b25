package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.progress.JobWatch;
import io.sparsemesh.deploy.progress.ProgressView;
import io.sparsemesh.deploy.text.Terminal;
import java.util.Map;

/// Watches one job for `watch` and for `submit --wait`.
final class Watching {
    private Watching() {}

    /// Shows progress, then the job. With JSON: one line for each event, then the job.
    ///
    /// @param descriptor where progress goes: [Terminal#OUT] or [Terminal#ERR]
    /// @return the exit status that the job's last state asks for
    static int untilEnd(Gateway gateway, String id, Format format, int descriptor) {
        ProgressView view =
                format.isJson()
                        ? ProgressView.none()
                        : ProgressView.on(
                                format.stream(descriptor), Terminal.ofProcess(), descriptor);
        JobWatch watch =
                new JobWatch(
                        gateway,
                        Map.of(id, "job " + id),
                        view,
                        event -> {
                            if (format.isJson()) {
                                format.out().println(EventText.json(event));
                                format.out().flush();
                            }
                        });
        JsonNode job = watch.untilEnd().getFirst();
        if (format.isJson()) {
            format.out().println(job);
        } else {
            JobText.print(job, format.out(), format.paint());
        }
        return ExitCode.of(job);
    }
}
