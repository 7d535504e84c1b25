package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.deploy.bench.RandomOpt;
import io.sparsemesh.sources.FakeHub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A model of the Hub gives the same bits as the same model in a folder.
class HubModelIT {

    @TempDir static Path home;

    @Test
    void modelOfTheHubGivesTheBitsOfTheFolder() throws Exception {
        Path model = home.resolve("model");
        RandomOpt random = new RandomOpt(2, 64, 256, 4, 512, 128, Dtype.F16);
        random.write(model, 7);
        random.writeIds(home.resolve("ids.safetensors"), 8, 64, 640, 8);
        try (FakeHub hub = FakeHub.of(model);
                TestMesh mesh = TestMesh.start(home, 1, 1, List.of(), settings(hub))) {
            Map<String, String> ofFolder = prune(mesh, model.toUri().toString(), "out-file");
            Map<String, String> ofHub = prune(mesh, "hf://" + FakeHub.ID, "out-hub");

            System.out.printf("hub model: %s%n", ofHub);
            assertThat(ofHub).containsKeys("config.json", "model.safetensors").isEqualTo(ofFolder);
        }
    }

    private static Map<String, String> settings(FakeHub hub) {
        return Map.of(
                "HF_ENDPOINT", hub.endpoint().toString(),
                "SPARSEMESH_CACHE", home.resolve("cache").toString());
    }

    private Map<String, String> prune(TestMesh mesh, String uri, String name) throws Exception {
        Path output = home.resolve(name);
        Path ids = home.resolve("ids.safetensors");
        ObjectNode request = JobJson.sparsegpt(home.resolve("model"), "2:4", ids, 8, 64, output);
        JobJson.withPerplexity(request, ids, 64, true);
        request.withObject("/model").put("uri", uri);
        JsonNode job = mesh.client.await(mesh.client.submit(request), Duration.ofMinutes(3));
        assertThat(job.get("state").asText())
                .as("%s%s", job, mesh.logTails())
                .isEqualTo("SUCCEEDED");
        return OutputFiles.digests(output);
    }
}
