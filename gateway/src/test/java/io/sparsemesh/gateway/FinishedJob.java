package io.sparsemesh.gateway;

import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.message.DeleteRequested;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/// Jobs that have ended, for tests that need one to be there.
public final class FinishedJob {

    private FinishedJob() {}

    /// Id of a new job that the scheduler has brought to `state`.
    public static String in(JobState state) {
        Script job = new Script(Api.submit(Api.request()));
        Mesh.send(Topics.EVENTS, job.changed(1, state));
        job.await(state.name());
        return job.id();
    }

    /// How often the scheduler was asked to delete a job, once it was.
    public static int deletions(String id) {
        Mesh.request(id, DeleteRequested.class);
        return Mesh.requests(id, DeleteRequested.class).size();
    }

    /// Id of a new job that succeeded and has the artifact `config.json`, `{}`.
    public static String succeeded() {
        Script job = new Script(Api.submit(Api.request()));
        Path folder = Api.root().resolve("finished-" + UUID.randomUUID());
        try {
            Files.writeString(Files.createDirectories(folder).resolve("config.json"), "{}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String sha256 = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        FileDigest file = new FileDigest("config.json", 2, sha256);
        Mesh.send(Topics.EVENTS, job.succeeded(1, "file://" + folder, List.of(file)));
        job.await("SUCCEEDED");
        return job.id();
    }
}
