package io.sparsemesh.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryPolicyTest {

    private static final long SEED = 7;

    private final RetryPolicy policy =
            new RetryPolicy(Duration.ofSeconds(5), Duration.ofHours(1), Duration.ofHours(24));
    private final Random random = new Random(SEED);

    private RetryPolicy.Verdict failed(int attempt, Duration age) {
        return policy.judge(new Outcome.Failed("refused"), attempt, age, random);
    }

    private RetryPolicy.Verdict answered(int status, Duration retryAfter) {
        return policy.judge(
                new Outcome.Answered(status, Optional.ofNullable(retryAfter)),
                1,
                Duration.ZERO,
                random);
    }

    @ParameterizedTest
    @CsvSource({"1, 5", "2, 10", "3, 20", "8, 640", "10, 2560", "11, 3600", "1000000, 3600"})
    void pauseDoublesUpToTheLongestAndAtMostHalfOfItIsLeftOut(int attempt, long seconds) {
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 0; i < 200; i++) {
            RetryPolicy.Verdict verdict = failed(attempt, Duration.ZERO);
            least = Math.min(least, verdict.pause().toMillis());
            most = Math.max(most, verdict.pause().toMillis());
            assertThat(verdict.state()).isEqualTo(DeliveryState.PENDING);
        }
        assertThat(least).isBetween(500 * seconds, 550 * seconds);
        assertThat(most).isBetween(950 * seconds, 1000 * seconds);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 202, 204, 299})
    void answerInTheTwoHundredsIsADelivery(int status) {
        assertThat(answered(status, null).state()).isEqualTo(DeliveryState.DELIVERED);
        assertThat(answered(status, null).error()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {199, 300, 302, 400, 401, 404, 409, 411, 429, 500, 503})
    void anyOtherAnswerIsTriedAgain(int status) {
        RetryPolicy.Verdict verdict = answered(status, null);

        assertThat(verdict.state()).isEqualTo(DeliveryState.PENDING);
        assertThat(verdict.status()).isEqualTo(status);
        assertThat(verdict.error()).isEqualTo("expected a status from 200 to 299, found " + status);
    }

    @Test
    void goneIsNeverTriedAgain() {
        assertThat(answered(410, null).state()).isEqualTo(DeliveryState.GONE);
    }

    @Test
    void receiverMayAskForALongerPauseWithinTheBound() {
        assertThat(answered(503, Duration.ofMinutes(2)).pause()).isEqualTo(Duration.ofMinutes(2));
        assertThat(answered(503, Duration.ofDays(2)).pause()).isEqualTo(Duration.ofHours(1));
        assertThat(answered(503, Duration.ofMillis(1)).pause())
                .isGreaterThanOrEqualTo(Duration.ofMillis(2500));
    }

    @Test
    void deliveryIsGivenUpWhenTheNextAttemptWouldBeTooLate() {
        assertThat(failed(20, Duration.ofHours(22)).state()).isEqualTo(DeliveryState.PENDING);
        assertThat(failed(20, Duration.ofHours(24)).state()).isEqualTo(DeliveryState.FAILED);
        assertThat(failed(1, Duration.ofHours(24)).error()).isEqualTo("refused");
    }

    @Test
    void settingsThatMakeNoSenseAreRefusedByName() {
        Duration second = Duration.ofSeconds(1);
        assertThatThrownBy(() -> new RetryPolicy(Duration.ZERO, second, second))
                .hasMessageContaining("SPARSEMESH_WEBHOOK_RETRY_");
        assertThatThrownBy(() -> new RetryPolicy(second.multipliedBy(2), second, second))
                .hasMessageContaining("0 < FIRST <= LONGEST");
        assertThatThrownBy(() -> new RetryPolicy(second, second, second.negated()))
                .hasMessageContaining("0 <= FOR");
    }
}
