package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.deploy.bench.RandomOpt;
import java.io.IOException;
import java.nio.file.Path;

/// Small jobs on a small model, each with a folder of its own for its output.
final class LoadJobs {

    /// Tasks of a [#small] job: eight solves that may all run at once, then an assembly, then a
    /// report.
    static final int TASKS = 10;

    /// Linears that a job prunes.
    static final int LAYERS = 12;

    private static final RandomOpt MODEL = new RandomOpt(2, 64, 256, 4, 512, 128, Dtype.F16);
    private static final int LENGTH = 64;

    private final Path home;

    /// @param home root of the mesh; gets `model` and `ids.safetensors`
    LoadJobs(Path home) throws IOException {
        this.home = home;
        MODEL.write(home.resolve("model"), 1);
        MODEL.writeIds(home.resolve("ids.safetensors"), 8, LENGTH, 8 * LENGTH, 2);
    }

    Path output(String name) {
        return home.resolve("out-" + name);
    }

    /// Pruned by magnitude, and not measured.
    ObjectNode small(String name) {
        return JobJson.magnitude(home.resolve("model"), "0.5", output(name));
    }

    /// Every kind of work: calibrated, pruned, assembled, measured.
    ObjectNode whole(String name) {
        Path ids = home.resolve("ids.safetensors");
        return JobJson.withPerplexity(
                JobJson.sparsegpt(home.resolve("model"), "0.5", ids, 8, LENGTH, output(name)),
                ids,
                LENGTH,
                true);
    }
}
