package io.sparsemesh.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsTest {

    private static final String PUBLISHED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static String secret(int bytes) {
        return "whsec_" + Base64.getEncoder().encodeToString(new byte[bytes]);
    }

    private static String signature(String setting) {
        return Secrets.parse(setting)
                .sign(
                        "msg_p5jXN8AQM9LWM0D4loKWxJek",
                        1614265330,
                        "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8));
    }

    /// The vector that the libraries of the Standard Webhooks project are tested with.
    @Test
    void signatureIsThatOfThePublishedVector() {
        assertThat(signature(PUBLISHED))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void eachSecretGivesASignature() {
        String both = signature(secret(24) + ", " + PUBLISHED);

        assertThat(both).isEqualTo(signature(secret(24)) + " " + signature(PUBLISHED));
    }

    @Test
    void noSettingIsNoSecret() {
        assertThat(Secrets.parse("").none()).isTrue();
        assertThat(Secrets.parse(secret(64)).none()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hunter2hunter2 | a text that begins otherwise",
                "whsec_hunter2!hunter2! | no base64",
                "whsec_aHVudGVyMg== | 7 bytes",
            })
    void wrongSecretIsNamedButNotTold(String secret, String found) {
        assertThatThrownBy(() -> Secrets.parse(PUBLISHED + "," + secret))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("SPARSEMESH_WEBHOOK_SECRET: secret 2 of 2: expected whsec_")
                .hasMessageEndingWith("found " + found)
                .hasMessageNotContainingAny("hunter2", "aHVudGVyMg", "MfKQ9r8");
    }

    @Test
    void lengthsBesideTheLimitsAreRefused() {
        assertThatThrownBy(() -> Secrets.parse(secret(23))).hasMessageEndingWith("found 23 bytes");
        assertThatThrownBy(() -> Secrets.parse(secret(65))).hasMessageEndingWith("found 65 bytes");
    }
}
