package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class HearingTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:10:00Z");

    private final Hearing hearing = new Hearing(Duration.ofSeconds(60), Duration.ofSeconds(10));

    @Test
    void onlyTimeWithinTheStretchCounts() {
        assertThat(hearing.heard(NOW.minusSeconds(300), NOW)).isEqualTo(Duration.ofSeconds(60));
        assertThat(hearing.heard(NOW.minusSeconds(70), NOW)).isEqualTo(Duration.ofSeconds(60));
        assertThat(hearing.heard(NOW.minusSeconds(30), NOW)).isEqualTo(Duration.ofSeconds(20));
        assertThat(hearing.heard(NOW.minusSeconds(10), NOW)).isZero();
        assertThat(hearing.heard(NOW.minusSeconds(3), NOW)).isZero();
    }

    @Test
    void whoNeverHeardHasHeardNothing() {
        assertThat(Hearing.NONE.heard(NOW.minusSeconds(300), NOW)).isZero();
    }
}
