package io.sparsemesh.taskqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Failure.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailureTableTest {

    private static final FailureTable TABLE =
            new FailureTable()
                    .withStorageCause(IllegalStateException.class)
                    .with(IllegalStateException.class, Kind.INVALID_MODEL, false)
                    .with(ArithmeticException.class, Kind.NUMERICAL, false);

    @Test
    void onlyWhatTheTableSaysEndsTheProcess() {
        FailureTable table =
                new FailureTable().endingProcess(ArithmeticException.class::isInstance);

        assertThat(table.endsProcess(new ArithmeticException())).isTrue();
        assertThat(table.endsProcess(new IllegalStateException())).isFalse();
        assertThat(TABLE.endsProcess(new ArithmeticException())).isFalse();
    }

    static Stream<Arguments> exceptions() {
        IOException full = new IOException("no space left");
        return Stream.of(
                Arguments.of(
                        new IllegalStateException("bad"),
                        new Failure(Kind.INVALID_MODEL, false, "bad")),
                Arguments.of(
                        new IllegalStateException("cannot write", full),
                        new Failure(Kind.STORAGE, true, "cannot write")),
                Arguments.of(
                        new ArithmeticException("NaN"), new Failure(Kind.NUMERICAL, false, "NaN")),
                Arguments.of(
                        full,
                        new Failure(Kind.STORAGE, true, "java.io.IOException: no space left")),
                Arguments.of(
                        new UncheckedIOException("x", full), new Failure(Kind.STORAGE, true, "x")),
                Arguments.of(
                        new OutOfMemoryError("heap"),
                        new Failure(Kind.DEVICE, true, "java.lang.OutOfMemoryError: heap")),
                Arguments.of(
                        new NullPointerException(),
                        new Failure(Kind.INTERNAL, true, "java.lang.NullPointerException")));
    }

    @ParameterizedTest
    @MethodSource("exceptions")
    void firstRowThatMatchesCounts(Throwable thrown, Failure expected) {
        assertThat(TABLE.failure(thrown)).isEqualTo(expected);
    }
}
