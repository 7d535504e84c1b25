package io.sparsemesh.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import io.sparsemesh.gateway.problem.FieldError;
import java.net.URI;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRulesTest {

    private final AddressRules rules =
            new AddressRules(Set.of("Receiver.internal", " 10.0.0.7:8080 "));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://93.184.216.34/x",
                "https://[2606:4700::6810:1]/",
                "https://receiver.internal:9/",
                "http://RECEIVER.internal/",
                "http://10.0.0.7:8080/hooks?a=b",
            })
    void publicAndListedHostsAreAllowed(String uri) {
        assertThat(rules.objection(uri)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://10.0.0.7/",
                "https://10.0.0.7:8081/",
                "https://169.254.169.254/latest/meta-data",
                "https://192.168.0.1/",
                "https://[::1]/",
                "https://[64:ff9b::10.0.0.7]/",
                "https://localhost/",
                "https://2130706433/",
                "http://93.184.216.34/x",
                "http://sub.receiver.internal/",
            })
    void otherHostsAreNotAndTheMessageNamesTheSetting(String uri) {
        AddressRules.Objection objection = rules.objection(uri).orElseThrow();

        assertThat(objection.code()).isEqualTo(Code.WEBHOOK_NOT_ALLOWED);
        assertThat(objection.detail())
                .contains("SPARSEMESH_WEBHOOK_HOSTS", URI.create(uri).getHost());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https:///x",
                "https:receiver.internal",
                "https://user:word@receiver.internal/",
                "https://receiver.internal/#part",
                "https://receiver.internal:65536/",
                "https://receiver.internal/ä",
                "https://receiver.internal/ x",
                "https://127.1/",
                "https://0x7f.0.0.1/",
            })
    void addressesThatClientsReadDifferentlyAreNone(String uri) {
        assertThat(rules.objection(uri).orElseThrow().code()).isEqualTo(Code.INVALID_URI);
    }

    @Test
    void receiverIsHostAndPort() {
        assertThat(AddressRules.receiver(URI.create("https://A.b/x"))).isEqualTo("a.b:443");
        assertThat(AddressRules.receiver(URI.create("http://a.b"))).isEqualTo("a.b:80");
        assertThat(AddressRules.receiver(URI.create("http://[::1]:7/"))).isEqualTo("[::1]:7");
    }

    @Test
    void missingSecretIsToldByTheSettingsName() {
        Errors without = new Errors();
        new Webhooks(false, Set.of()).requireSecret("/webhooks", without);
        Errors with = new Errors();
        new Webhooks(true, Set.of()).requireSecret("/webhooks", with);

        assertThat(without.found())
                .containsExactly(
                        FieldError.at(
                                "/webhooks",
                                "webhook-not-allowed",
                                "expected SPARSEMESH_WEBHOOK_SECRET to be set on the gateway, which signs webhooks with it, found none"));
        assertThat(with.none()).isTrue();
    }
}
