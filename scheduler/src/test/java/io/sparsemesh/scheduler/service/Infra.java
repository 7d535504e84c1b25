package io.sparsemesh.scheduler.service;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.sparsemesh.embedded.LocalInfra;
import java.util.Map;

/// A real broker and a real database for the service under test, and short clocks.
public final class Infra implements QuarkusTestResourceLifecycleManager {

    @Override
    public Map<String, String> start() {
        LocalInfra infra = LocalInfra.shared().startBoth();
        return Map.ofEntries(
                Map.entry("quarkus.datasource.jdbc.url", infra.jdbcUrl()),
                Map.entry("quarkus.datasource.username", infra.user()),
                Map.entry("quarkus.datasource.password", infra.password()),
                Map.entry("sparsemesh.scheduler.kafka-bootstrap", infra.bootstrapServers()),
                Map.entry("sparsemesh.store.place", infra.newFolder("store").toString()),
                Map.entry("quarkus.http.test-port", "0"),
                Map.entry("quarkus.management.test-port", "0"),
                Map.entry("sparsemesh.scheduler.heartbeat", "2s"),
                Map.entry("sparsemesh.scheduler.pick-up", "4s"),
                Map.entry("sparsemesh.scheduler.idle-for", "500ms"),
                Map.entry("sparsemesh.scheduler.backoff", "100ms"));
    }

    @Override
    public void stop() {}
}
