package io.sparsemesh.deploy.mesh;

import io.sparsemesh.embedded.ChildProcess;
import io.sparsemesh.embedded.FreePorts;
import io.sparsemesh.embedded.LocalPostgres;
import java.nio.file.Path;

/// The database; keeps its port over its lives.
final class PostgresMember implements Member {
    private final Path dataDir;
    private final boolean durable;
    private final int port = FreePorts.next();
    private volatile LocalPostgres postgres;

    PostgresMember(Path dataDir, boolean durable) {
        this.dataDir = dataDir;
        this.durable = durable;
    }

    @Override
    public String name() {
        return "postgres";
    }

    LocalPostgres server() {
        return postgres;
    }

    @Override
    public void start() {
        if (postgres == null) {
            postgres = LocalPostgres.start(dataDir, port, durable);
        } else {
            postgres.restart();
        }
    }

    @Override
    public boolean isReady() {
        return postgres != null && postgres.isAlive();
    }

    @Override
    public ChildProcess process() {
        if (postgres == null) {
            throw new IllegalStateException("postgres was not started");
        }
        return postgres.process();
    }

    @Override
    public void stop() {
        if (postgres != null) {
            postgres.close();
        }
    }
}
