package io.sparsemesh.scheduler.removal;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.scheduler.database.Database;
import io.sparsemesh.scheduler.loop.Loop;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/// Removes from the artifact store what [Removals] says. What fails is tried again; what was
/// removed before a crash is removed once more, which is no error.
@ApplicationScoped
class Remover {

    private static final Logger LOG = Logger.getLogger(Remover.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);

    /// It bounds how long a transaction waits for the store.
    private static final int BATCH = 20;

    private final Database database;
    private final Removals removals;
    private final ArtifactStore artifacts;
    private final Loop loop = new Loop("artifact-remover", PERIOD, this::drain);

    Remover(Database database, Removals removals, ArtifactStore artifacts) {
        this.database = database;
        this.removals = removals;
        this.artifacts = artifacts;
    }

    void start(@Observes StartupEvent event) {
        loop.start();
    }

    void stop(@Observes ShutdownEvent event) {
        loop.stop();
    }

    /// Removes all that is due.
    void drain() {
        int found;
        do {
            found = database.transaction(this::removeSome);
        } while (found == BATCH && !Thread.currentThread().isInterrupted());
    }

    /// Up to one that fails: then the store may be away, and each try may take long.
    private int removeSome(Connection transaction) throws SQLException {
        List<Long> done = new ArrayList<>();
        for (Removals.Removal removal : removals.due(transaction, BATCH)) {
            if (!tryTo(removal)) {
                removals.later(transaction, removal.id());
                break;
            }
            done.add(removal.id());
        }
        removals.done(transaction, done);
        return done.size();
    }

    private boolean tryTo(Removals.Removal removal) {
        try {
            remove(removal);
            return true;
        } catch (ArtifactException e) {
            LOG.warnf("what nothing reads any more stays for now: %s", e.getMessage());
            return false;
        }
    }

    private void remove(Removals.Removal removal) {
        if (removal.through().isEmpty()) {
            artifacts.deletePrefix(removal.prefix());
            return;
        }
        ArtifactKeys.outputsThrough(
                        artifacts.list(removal.prefix()),
                        removal.prefix(),
                        removal.through().getAsInt())
                .forEach(artifacts::deletePrefix);
    }
}
