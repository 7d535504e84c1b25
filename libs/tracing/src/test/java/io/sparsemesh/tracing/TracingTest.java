package io.sparsemesh.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Steps of one process, with a collector that is away and without any.
class TracingTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "00-" + TRACE + "-b7ad6b7169203331-01";

    /// Nobody listens at the discard port.
    private static Tracing toNobody() {
        return Tracing.to(Optional.of(URI.create("http://127.0.0.1:9/")), "test");
    }

    private static boolean isAnExporterRunning() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().contains("BatchSpanProcessor"));
    }

    @Test
    void withoutACollectorNothingRunsAndNothingIsPassedOn() {
        try (Tracing tracing = Tracing.to(Optional.empty(), "test");
                Step step = tracing.begin("any", Tracing.Role.CONSUMER, PARENT)) {
            assertThat(tracing.isOn()).isFalse();
            assertThat(step.traceparent()).isEmpty();
        }
    }

    @Test
    void aStepBelongsToTheTraceThatLedToIt() {
        try (Tracing tracing = toNobody();
                Step step = tracing.begin("any", Tracing.Role.CONSUMER, PARENT)) {
            assertThat(step.traceparent())
                    .matches("00-" + TRACE + "-[0-9a-f]{16}-01")
                    .isNotEqualTo(PARENT);
        }
    }

    @Test
    void whatIsNoTraceParentBeginsATrace() {
        try (Tracing tracing = toNobody();
                Step first = tracing.begin("any", Tracing.Role.SERVER, "00-nonsense");
                Step second = tracing.begin("any", Tracing.Role.SERVER, "")) {
            assertThat(first.traceparent()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
            assertThat(second.traceparent().substring(0, 35))
                    .isNotEqualTo(first.traceparent().substring(0, 35));
        }
    }

    @Test
    void aCollectorThatIsAwayDoesNotHoldTheEndUp() {
        Instant begin = Instant.now();
        try (Tracing tracing = toNobody()) {
            tracing.begin("any", Tracing.Role.SERVER, "").close();
            assertThat(isAnExporterRunning()).isTrue();
        }

        assertThat(Duration.between(begin, Instant.now())).isLessThan(Duration.ofSeconds(10));
    }
}
