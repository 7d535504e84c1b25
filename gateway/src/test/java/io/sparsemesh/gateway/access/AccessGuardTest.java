package io.sparsemesh.gateway.access;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessGuardTest {

    private static final String LONG = "0123456789abcdef0123456789abcdef";

    private record Settings(Mode mode, Optional<String> rootKey, Optional<String> oidcUrl)
            implements AccessSettings {

        static Settings off() {
            return new Settings(Mode.OFF, Optional.empty(), Optional.empty());
        }

        static Settings on(String rootKey, String oidcUrl) {
            return new Settings(
                    Mode.ON, Optional.ofNullable(rootKey), Optional.ofNullable(oidcUrl));
        }

        @Override
        public String oidcAudience() {
            return "sparsemesh";
        }

        @Override
        public String tenantClaim() {
            return "tenant";
        }

        @Override
        public String scopeClaim() {
            return "scope";
        }
    }

    private static AccessGuard guard(Settings settings, String host, boolean anyKey) {
        ApiKeys keys =
                new ApiKeys() {
                    @Override
                    boolean any() {
                        return anyKey;
                    }
                };
        return new AccessGuard(settings, keys, new IdentityProvider(settings, null), host);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.8.8.8", "localhost", "::1"})
    void withoutAuthenticationItStartsOnLoopback(String host) {
        assertThatCode(() -> guard(Settings.off(), host, false).check(null))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "10.0.0.1", "192.168.1.7"})
    void withoutAuthenticationItStartsNowhereElse(String host) {
        assertThatThrownBy(() -> guard(Settings.off(), host, true).check(null))
                .hasMessageContainingAll("SPARSEMESH_AUTH=off", "loopback", "'" + host + "'");
    }

    @Test
    void withAuthenticationSomebodyMustBeAbleToComeIn() {
        AccessGuard nobody = guard(Settings.on(null, null), "0.0.0.0", false);

        assertThatThrownBy(() -> nobody.check(null))
                .hasMessageContainingAll("nobody could come in", "SPARSEMESH_ROOT_KEY");
        for (AccessGuard somebody :
                new AccessGuard[] {
                    guard(Settings.on(LONG, null), "0.0.0.0", false),
                    guard(Settings.on(null, "https://login"), "0.0.0.0", false),
                    guard(Settings.on(null, null), "0.0.0.0", true)
                }) {
            assertThatCode(() -> somebody.check(null)).doesNotThrowAnyException();
        }
    }

    @Test
    void aRootKeyThatCouldBeGuessedIsRefused() {
        AccessGuard guard = guard(Settings.on("secret", null), "127.0.0.1", true);

        assertThatThrownBy(() -> guard.check(null))
                .hasMessageContainingAll("SPARSEMESH_ROOT_KEY", "at least 32", "found 6")
                .hasMessageNotContaining("secret");
    }
}
