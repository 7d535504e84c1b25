package io.sparsemesh.gateway.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionAgeTest {

    @ParameterizedTest
    @CsvSource({"1s, PT1S", "90m, PT90M", "12h, PT12H", "30d, P30D", "2w, P14D", "' 30d ', P30D"})
    void ageIsANumberAndAUnit(String setting, Duration age) {
        assertThat(RetentionAge.parse(setting)).contains(new RetentionAge(age));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " "})
    void nothingKeepsJobsForEver(String setting) {
        assertThat(RetentionAge.parse(setting)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"30", "30 days", "-1d", "0d", "1.5d", "P30D", "d", "30y", "9999999999d"})
    void anythingElseIsRefusedWithItsSettingNamed(String setting) {
        assertThatThrownBy(() -> RetentionAge.parse(setting))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("SPARSEMESH_RETENTION: expected a whole number above 0")
                .hasMessageEndingWith("found '%s'".formatted(setting));
    }
}
