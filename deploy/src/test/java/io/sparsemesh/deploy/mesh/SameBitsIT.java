package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.deploy.bench.RandomOpt;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The same job gives the same bits on 1, 2 and 3 workers, from F32 and from F16 checkpoints.
class SameBitsIT {

    @TempDir static Path home;

    @Test
    void oneTwoAndThreeWorkersWriteTheSameFiles() throws Exception {
        for (Dtype dtype : List.of(Dtype.F32, Dtype.F16)) {
            RandomOpt model = new RandomOpt(2, 256, 1024, 4, 512, 128, dtype);
            model.write(home.resolve("model-" + dtype), 7);
            model.writeIds(home.resolve("ids.safetensors"), 16, 128, 1280, 8);
        }
        TreeMap<String, Map<String, String>> digests = new TreeMap<>();
        try (TestMesh mesh = TestMesh.start(home, 1, 0, List.of())) {
            for (int workers = 1; workers <= 3; workers++) {
                while (mesh.workers.size() < workers) {
                    mesh.addWorker().awaitReady();
                }
                for (Dtype dtype : List.of(Dtype.F32, Dtype.F16)) {
                    for (String propagation : List.of("sequential", "dense")) {
                        String name = dtype + "-" + propagation;
                        Map<String, String> files = prune(mesh, dtype, propagation, workers);
                        System.out.printf("same bits: %s workers=%d %s%n", name, workers, files);
                        assertThat(files).containsKeys("config.json", "model.safetensors");
                        assertThat(files).isEqualTo(digests.computeIfAbsent(name, _ -> files));
                    }
                }
            }
        }
        assertThat(Set.copyOf(digests.values())).as("different jobs differ").hasSize(4);
    }

    private Map<String, String> prune(TestMesh mesh, Dtype dtype, String propagation, int workers)
            throws Exception {
        Path output = home.resolve("out-%s-%s-%d".formatted(dtype, propagation, workers));
        ObjectNode request =
                JobJson.sparsegpt(
                        home.resolve("model-" + dtype),
                        "0.5",
                        home.resolve("ids.safetensors"),
                        16,
                        128,
                        output);
        ((ObjectNode) request.get("method")).put("propagation", propagation);
        String id = mesh.client.submit(request);
        JsonNode job = mesh.client.await(id, Duration.ofMinutes(3));
        assertThat(job.get("state").asText()).as("%s", job).isEqualTo("SUCCEEDED");
        Set<String> used =
                mesh.client.layers(id).stream()
                        .map(layer -> layer.get("worker").asText())
                        .collect(Collectors.toSet());
        System.out.printf("same bits: %s solved by %s%n", id, used);
        return OutputFiles.digests(output);
    }
}
