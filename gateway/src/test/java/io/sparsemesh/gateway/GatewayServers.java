package io.sparsemesh.gateway;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.embedded.LocalInfra;
import io.sparsemesh.sources.FakeHub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// The broker and the database of the tests, and the folder that requests may name files in.
public class GatewayServers implements QuarkusTestResourceLifecycleManager {

    /// To loopback, and quicker than anybody would want it.
    private static final Map<String, String> WEBHOOKS =
            Map.of(
                    "sparsemesh.gateway.webhooks.secret",
                    String.join(",", Receiver.SECRETS),
                    "sparsemesh.gateway.webhooks.hosts",
                    "127.0.0.1",
                    "sparsemesh.gateway.webhooks.retry-first",
                    "100ms",
                    "sparsemesh.gateway.webhooks.retry-longest",
                    "400ms",
                    "sparsemesh.gateway.webhooks.retry-for",
                    "8s",
                    "sparsemesh.gateway.webhooks.connect-timeout",
                    "1s",
                    "sparsemesh.gateway.webhooks.answer-timeout",
                    "3s");

    private FakeHub hub;

    @Override
    public Map<String, String> start() {
        LocalInfra infra = LocalInfra.shared().startBoth();
        infra.createTopics(Topics.REQUESTS, Topics.EVENTS, Topics.WORKERS, Topics.DEAD_LETTERS);
        Path root = realPath(infra.newFolder("gateway"));
        System.setProperty("gateway.test.root", root.toString());
        hub = serve(TinyLlama.write(root.resolve("on-the-hub")));
        Map<String, String> settings = new HashMap<>(WEBHOOKS);
        settings.put("sparsemesh.gateway.auth.mode", "off");
        settings.putAll(
                Map.of(
                        "sparsemesh.sources.cache", root.resolve("cache").toString(),
                        "sparsemesh.sources.hub-endpoint", hub.endpoint().toString(),
                        "kafka.bootstrap.servers", infra.bootstrapServers(),
                        "quarkus.datasource.jdbc.url", infra.jdbcUrl(),
                        "quarkus.datasource.username", infra.user(),
                        "quarkus.datasource.password", infra.password(),
                        "sparsemesh.gateway.sources.roots", root.toString(),
                        "sparsemesh.gateway.events.heartbeat", "1s"));
        settings.putAll(Bucket.settings(root));
        settings.putAll(more());
        return settings;
    }

    /// What other gateways are set up with besides.
    Map<String, String> more() {
        return Map.of();
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
