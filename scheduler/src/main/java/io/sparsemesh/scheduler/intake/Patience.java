package io.sparsemesh.scheduler.intake;

import io.quarkus.runtime.ShutdownEvent;
import io.sparsemesh.artifacts.ArtifactException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.transaction.RollbackException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// Tries again, for as long as it takes, what fails because something else is away.
@ApplicationScoped
class Patience {

    private static final Logger LOG = Logger.getLogger(Patience.class);
    private static final long LONGEST_PAUSE = 2000;

    private final CountDownLatch stopping = new CountDownLatch(1);

    void stop(@Observes ShutdownEvent event) {
        stopping.countDown();
    }

    /// @throws StoppingException if the process ends, whatever `action` throws then
    /// @throws RuntimeException what `action` throws, if another try cannot help
    void persist(Runnable action) {
        for (int failures = 1; ; failures++) {
            try {
                action.run();
                return;
            } catch (RuntimeException e) {
                boolean stopping = isOver() || Thread.currentThread().isInterrupted();
                if (!stopping && !mayPass(e)) {
                    throw e;
                }
                if (stopping || endsWithinPauseAfter(failures)) {
                    throw new StoppingException(e);
                }
                LOG.warnf("tries again, %d failures in a row: %s", failures, root(e));
            }
        }
    }

    private boolean isOver() {
        return stopping.getCount() == 0;
    }

    /// Waits, and tells whether the process ends meanwhile.
    private boolean endsWithinPauseAfter(int failures) {
        try {
            return stopping.await(
                    Math.min(LONGEST_PAUSE, 25L << Math.min(failures, 10)), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /// Whether the cause is outside: the database, the store. Malformed data is not.
    static boolean mayPass(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return !isAboutData(sql);
            }
            if (cause instanceof IOException
                    || cause instanceof ArtifactException
                    || cause instanceof RollbackException) {
                return true;
            }
        }
        return false;
    }

    /// SQL states of classes 22 (bad value) and 42 (bad statement).
    private static boolean isAboutData(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        return state.startsWith("22") || state.startsWith("42");
    }

    private static Throwable root(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
