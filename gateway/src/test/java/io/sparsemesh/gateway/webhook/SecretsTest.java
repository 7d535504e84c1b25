package io.sparsemesh.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.gateway.access.Tenant;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsTest {

    private static final String PUBLISHED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static String secret(int bytes) {
        return "whsec_" + Base64.getEncoder().encodeToString(new byte[bytes]);
    }

    private static Signer signer(String setting, String tenant) {
        return Secrets.parse(setting).of(new Tenant(tenant));
    }

    private static String signature(Signer signer) {
        byte[] body = "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8);
        return signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body);
    }

    /// The vector that the libraries of the Standard Webhooks project are tested with.
    @Test
    void signatureIsThatOfThePublishedVector() {
        byte[] secret = Base64.getDecoder().decode(PUBLISHED.substring("whsec_".length()));

        assertThat(signature(new Signer(List.of(secret))))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /// Computed apart, with Python's `hmac`.
    @Test
    void tenantsSecretIsDerivedFromTheInstallations() {
        assertThat(signer(PUBLISHED, "a").texts())
                .containsExactly("whsec_vt4iPNW9+j0K1JzwpltmYK6HuGuwi/IyAclbHLw+zAI=");
        assertThat(signer(PUBLISHED, "b").texts())
                .containsExactly("whsec_IsXPUbArkSLamSnj8EfysBzVe49oEQ5IG+c/Bo6u0qI=");
    }

    @Test
    void tellsWhatItSignsWith() {
        String told = signer(PUBLISHED, "a").texts().getFirst();
        byte[] secret = Base64.getDecoder().decode(told.substring("whsec_".length()));

        assertThat(signature(new Signer(List.of(secret))))
                .isEqualTo(signature(signer(PUBLISHED, "a")));
    }

    @Test
    void eachSecretGivesASignature() {
        String both = signature(signer(secret(24) + ", " + PUBLISHED, "a"));

        assertThat(both)
                .isEqualTo(
                        signature(signer(secret(24), "a"))
                                + " "
                                + signature(signer(PUBLISHED, "a")));
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
