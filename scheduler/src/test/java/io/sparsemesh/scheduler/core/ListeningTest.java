package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ListeningTest {

    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

    private Listening listening = Listening.fromNowOn(Duration.ofSeconds(5));

    private void probe(int second, long done, long end) {
        listening = listening.probed(at(second), Map.of(0, done, 1, 7L), Map.of(0, end, 1, 7L));
    }

    private static Instant at(int second) {
        return T0.plusSeconds(second);
    }

    @Test
    void nothingIsHeardBeforeWhatLayInTheTopicAtTheStartIsProcessed() {
        // Given
        probe(0, 0, 100);

        // When
        probe(1, 99, 120);

        // Then
        assertThat(listening.hearing()).isEqualTo(Hearing.NOTHING);
    }

    @Test
    void hearingBeginsAtTheMarkThatIsReached() {
        // Given
        probe(0, 0, 100);

        // When
        probe(3, 100, 120);

        // Then
        assertThat(listening.hearing()).isEqualTo(new Hearing(at(0), at(0)));
    }

    @Test
    void hearingGoesOnWhileEachMarkIsReachedSoon() {
        // Given
        for (int second = 0; second <= 30; second++) {
            probe(second, 100 + second, 100 + second);
        }

        // When
        probe(31, 131, 140);

        // Then
        assertThat(listening.hearing()).isEqualTo(new Hearing(at(0), at(30)));
    }

    @Test
    void hearingStandsStillWhileTheSchedulerIsBehindAndThenBeginsAnew() {
        // Given
        probe(0, 100, 100);
        probe(1, 100, 200);
        for (int second = 2; second < 20; second++) {
            probe(second, 150, 200 + second);
            assertThat(listening.hearing()).isEqualTo(new Hearing(at(0), at(0)));
        }

        // When
        probe(20, 230, 230);
        probe(21, 230, 230);

        // Then
        assertThat(listening.hearing()).isEqualTo(new Hearing(at(20), at(20)));
    }

    @Test
    void anOutageOfTheBrokerEndsHearing() {
        // Given
        probe(0, 100, 100);
        probe(1, 100, 100);
        probe(2, 100, 100);

        // When
        probe(30, 100, 100);
        probe(31, 100, 100);

        // Then
        assertThat(listening.hearing()).isEqualTo(new Hearing(at(30), at(30)));
    }

    @Test
    void everyPartitionCounts() {
        // Given
        listening = listening.probed(at(0), Map.of(), Map.of(0, 5L, 1, 5L));

        // When
        listening = listening.probed(at(1), Map.of(0, 5L), Map.of(0, 5L, 1, 5L));

        // Then
        assertThat(listening.hearing().isNothing()).isTrue();
    }

    @Test
    void whatWasHeardIsForgottenWhenTheClockGoesBackWhileTheBrokerIsAway() {
        // Given
        probe(100, 100, 100);
        probe(101, 100, 100);
        assertThat(listening.at(at(101))).isSameAs(listening);

        // When
        listening = listening.at(at(50));

        // Then
        assertThat(listening.hearing()).isEqualTo(Hearing.NOTHING);
    }

    @Test
    void aClockThatWentBackBeginsAnew() {
        // Given
        probe(100, 100, 100);
        probe(101, 100, 100);
        probe(102, 100, 100);

        // When
        probe(50, 100, 100);

        // Then
        assertThat(listening.hearing()).isEqualTo(Hearing.NOTHING);
    }
}
