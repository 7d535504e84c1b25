package io.sparsemesh.gateway;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.embedded.LocalInfra;
import io.sparsemesh.sources.FakeHub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

/// The broker and the database of the tests, and the folder that requests may name files in.
public class GatewayServers implements QuarkusTestResourceLifecycleManager {

    private FakeHub hub;

    @Override
    public Map<String, String> start() {
        LocalInfra infra = LocalInfra.shared().startBoth();
        infra.createTopics(Topics.REQUESTS, Topics.EVENTS, Topics.WORKERS, Topics.DEAD_LETTERS);
        Path root = realPath(infra.newFolder("gateway"));
        System.setProperty("gateway.test.root", root.toString());
        hub = serve(TinyLlama.write(root.resolve("on-the-hub")));
        return Map.of(
                "sparsemesh.gateway.auth.mode", "off",
                "sparsemesh.sources.cache", root.resolve("cache").toString(),
                "sparsemesh.sources.hub-endpoint", hub.endpoint().toString(),
                "kafka.bootstrap.servers", infra.bootstrapServers(),
                "quarkus.datasource.jdbc.url", infra.jdbcUrl(),
                "quarkus.datasource.username", infra.user(),
                "quarkus.datasource.password", infra.password(),
                "sparsemesh.gateway.sources.roots", root.toString(),
                "sparsemesh.gateway.events.heartbeat", "1s");
    }

    private static FakeHub serve(Path model) {
        try {
            return FakeHub.of(model);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path realPath(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The root that sources and outputs lie under.
    static Path root() {
        return Path.of(System.getProperty("gateway.test.root"));
    }

    @Override
    public void stop() {
        // The other servers go with this JVM; other test classes use them too.
        hub.close();
    }
}
