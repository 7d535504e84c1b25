package io.sparsemesh.deploy.mesh;

import io.sparsemesh.embedded.ChildProcess;
import io.sparsemesh.embedded.FreePorts;
import io.sparsemesh.embedded.LocalKafka;
import java.nio.file.Path;
import java.util.Map;

/// The broker; keeps its port over its lives.
final class KafkaMember implements Member {
    private final Path dataDir;
    private final int port = FreePorts.next();
    private volatile LocalKafka kafka;

    KafkaMember(Path dataDir) {
        this.dataDir = dataDir;
    }

    @Override
    public String name() {
        return "kafka";
    }

    String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void start() {
        if (kafka == null) {
            kafka = LocalKafka.start(dataDir, port, Map.of());
        } else {
            kafka.restart();
        }
    }

    @Override
    public boolean isReady() {
        return kafka != null && kafka.isAlive();
    }

    @Override
    public ChildProcess process() {
        if (kafka == null) {
            throw new IllegalStateException("kafka was not started");
        }
        return kafka.process();
    }

    @Override
    public void stop() {
        if (kafka != null) {
            kafka.close();
        }
    }
}
