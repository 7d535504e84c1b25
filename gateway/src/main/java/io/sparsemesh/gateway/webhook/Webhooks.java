package io.sparsemesh.gateway.webhook;

import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Set;

/// Whether, and where to, this installation sends webhooks.
@ApplicationScoped
public class Webhooks {

    private final boolean signed;
    private final AddressRules rules;

    @Inject
    Webhooks(WebhookSettings settings) {
        this(!Secrets.of(settings).none(), settings.hosts().orElse(Set.of()));
    }

    /// @param signed whether there is a secret
    Webhooks(boolean signed, Set<String> hosts) {
        this.signed = signed;
        this.rules = new AddressRules(hosts);
    }

    /// Notes the fault if nothing can be sent at all.
    ///
    /// @param pointer of the list of webhooks
    public void requireSecret(String pointer, Errors errors) {
        if (!signed) {
            errors.add(
                    pointer,
                    Code.WEBHOOK_NOT_ALLOWED,
                    "expected %s to be set on the gateway, which signs webhooks with it, found none"
                            .formatted(Secrets.SETTING));
        }
    }

    /// Notes what is wrong with the address of a webhook.
    public void checkAddress(String uri, String pointer, Errors errors) {
        rules.objection(uri).ifPresent(o -> errors.add(pointer, o.code(), o.detail()));
    }
}
