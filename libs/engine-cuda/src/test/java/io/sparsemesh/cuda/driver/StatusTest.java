package io.sparsemesh.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Statuses by the numbers of `cuda.h`.
class StatusTest {

    @ParameterizedTest
    @ValueSource(ints = {4, 214, 220, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999})
    void errorsThatEndTheContextLoseTheDevice(int status) {
        assertThat(Status.isLoss(status)).isTrue();
    }

    /// Success, invalid value, out of memory, no device, invalid handle, too large a launch,
    /// not supported.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 100, 400, 701, 801})
    void errorsOfOneCallDoNot(int status) {
        assertThat(Status.isLoss(status)).isFalse();
    }
}
