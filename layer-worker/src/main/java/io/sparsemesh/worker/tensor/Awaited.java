package io.sparsemesh.worker.tensor;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/// What another thread of the task does.
public final class Awaited {

    private Awaited() {}

    /// Its result.
    ///
    /// @param what is done, for the message when the wait is interrupted
    /// @throws RuntimeException what it threw
    public static <T> T result(Future<T> future, String what) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause
                    ? cause
                    : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + what, e);
        }
    }
}
