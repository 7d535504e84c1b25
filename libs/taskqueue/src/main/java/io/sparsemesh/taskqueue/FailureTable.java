package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.task.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/// A [FailureMapping] by the exception's class; the first row that matches counts. What no row
/// matches: trouble with files is `STORAGE` and too little memory `DEVICE`, both retryable, and
/// anything else is `INTERNAL`, retryable because the next worker may be another one.
public final class FailureTable implements FailureMapping {

    private record Row(Predicate<Throwable> matches, Failure.Kind kind, boolean retryable) {}

    private final List<Row> rows = new ArrayList<>();
    private Predicate<Throwable> ends = _ -> false;
    private Function<Throwable, String> artifact = _ -> "";

    /// Adds a row for a class and its subclasses.
    public FailureTable with(
            Class<? extends Throwable> type, Failure.Kind kind, boolean retryable) {
        rows.add(new Row(type::isInstance, kind, retryable));
        return this;
    }

    /// Adds a row for what a class alone does not tell.
    public FailureTable with(Predicate<Throwable> matches, Failure.Kind kind, boolean retryable) {
        rows.add(new Row(matches, kind, retryable));
        return this;
    }

    /// Adds a row for a class where an [IOException] is the cause: the disk, not the data.
    public FailureTable withStorageCause(Class<? extends Throwable> type) {
        rows.add(
                new Row(
                        e -> type.isInstance(e) && e.getCause() instanceof IOException,
                        Failure.Kind.STORAGE,
                        true));
        return this;
    }

    /// Makes what matches end the process, besides what its row says.
    public FailureTable endingProcess(Predicate<Throwable> matches) {
        ends = ends.or(matches);
        return this;
    }

    /// Tells which artifact has to be made anew before another attempt.
    ///
    /// @param key its key, empty if there is none
    public FailureTable namingArtifact(Function<Throwable, String> key) {
        artifact = key;
        return this;
    }

    @Override
    public boolean endsProcess(Throwable thrown) {
        return ends.test(thrown);
    }

    @Override
    public Failure failure(Throwable thrown) {
        return kind(thrown).of(artifact.apply(thrown));
    }

    private Failure kind(Throwable thrown) {
        for (Row row : rows) {
            if (row.matches().test(thrown)) {
                return new Failure(row.kind(), row.retryable(), message(thrown));
            }
        }
        return switch (thrown) {
            case IOException e -> new Failure(Failure.Kind.STORAGE, true, e.toString());
            case UncheckedIOException e -> new Failure(Failure.Kind.STORAGE, true, message(e));
            case OutOfMemoryError e -> new Failure(Failure.Kind.DEVICE, true, e.toString());
            default -> new Failure(Failure.Kind.INTERNAL, true, thrown.toString());
        };
    }

    private static String message(Throwable thrown) {
        return thrown.getMessage() == null ? thrown.toString() : thrown.getMessage();
    }
}
