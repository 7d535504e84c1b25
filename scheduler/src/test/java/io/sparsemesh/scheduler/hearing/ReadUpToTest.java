package io.sparsemesh.scheduler.hearing;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.scheduler.core.Hearing;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReadUpToTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final ReadUpTo readUpTo = new ReadUpTo();

    @Test
    void nothingIsHeardBeforeEverythingWasReadOnce() {
        assertThat(readUpTo.hearing(5 * SECOND)).isEqualTo(Hearing.NONE);

        readUpTo.looked(0, Map.of(0, 7L, 1, 2L), Map.of(0, 7L, 1, 1L));
        assertThat(readUpTo.hearing(SECOND)).isEqualTo(Hearing.NONE);

        readUpTo.looked(SECOND, Map.of(0, 7L, 1, 2L), Map.of(0, 7L, 1, 2L));
        assertThat(readUpTo.hearing(3 * SECOND)).isEqualTo(hearing(1, 2));
    }

    @Test
    void arrearsOnlyDelayWhatIsHeard() {
        // Given
        lookEachSecond(0, 10, 0);

        // When five seconds' records lie unread, then four
        lookEachSecond(11, 15, -100);
        Hearing behind = readUpTo.hearing(15 * SECOND);
        readUpTo.looked(16 * SECOND, Map.of(0, 16L), Map.of(0, 12L));
        Hearing catchingUp = readUpTo.hearing(16 * SECOND);

        // Then
        assertThat(behind).isEqualTo(hearing(10, 5));
        assertThat(catchingUp).isEqualTo(hearing(12, 4));
    }

    @Test
    void aGapBetweenLooksBeginsAnew() {
        // Given
        lookEachSecond(0, 10, 0);

        // When
        lookEachSecond(14, 20, 0);

        // Then
        assertThat(readUpTo.hearing(20 * SECOND)).isEqualTo(hearing(6, 0));
    }

    /// One record arrives each second; `shift` says how far reading is from the end.
    private void lookEachSecond(long from, long to, long shift) {
        for (long at = from; at <= to; at++) {
            readUpTo.looked(at * SECOND, Map.of(0, at), Map.of(0, at + shift));
        }
    }

    private static Hearing hearing(long length, long age) {
        return new Hearing(Duration.ofSeconds(length), Duration.ofSeconds(age));
    }
}
