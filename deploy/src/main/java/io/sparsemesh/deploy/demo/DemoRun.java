package io.sparsemesh.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.progress.JobWatch;
import io.sparsemesh.deploy.progress.ProgressView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Submits the demonstration's jobs and waits for all of them.
public final class DemoRun {
    private DemoRun() {}

    /// A job of the demonstration after its end.
    ///
    /// @param job what was asked for
    /// @param answer the job as the gateway describes it
    public record Ended(DemoJob job, JsonNode answer) {
        public boolean succeeded() {
            return answer.path("state").asText().equals("SUCCEEDED");
        }
    }

    /// @param demo folder with the model and the texts
    /// @param output folder in which each job makes its own
    /// @return the jobs, in order
    public static List<Ended> run(Gateway gateway, Path demo, Path output, ProgressView view) {
        Map<String, String> names = new LinkedHashMap<>();
        List<DemoJob> jobs = DemoJob.all();
        for (DemoJob job : jobs) {
            JsonNode answer = gateway.submit(job.request(demo, output), Optional.empty());
            names.put(answer.path("id").asText(), job.name());
        }
        List<JsonNode> answers = new JobWatch(gateway, names, view, _ -> {}).untilEnd();
        List<Ended> ended = new ArrayList<>();
        for (int i = 0; i < jobs.size(); i++) {
            ended.add(new Ended(jobs.get(i), answers.get(i)));
        }
        return ended;
    }
}
