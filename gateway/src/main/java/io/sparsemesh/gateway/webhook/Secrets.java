package io.sparsemesh.gateway.webhook;

import io.sparsemesh.gateway.access.Tenant;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// Secrets of the installation, from which those are derived that each tenant's webhooks are signed
/// with: a receiver knows its tenant's, and can make no signature of another's.
final class Secrets {

    static final String SETTING = "SPARSEMESH_WEBHOOK_SECRET";

    private static final int SHORTEST = 24;
    private static final int LONGEST = 64;

    private final List<byte[]> roots;

    private Secrets(List<byte[]> roots) {
        this.roots = roots;
    }

    /// Those of the settings.
    static Secrets of(WebhookSettings settings) {
        return parse(settings.secret().orElse(""));
    }

    /// @param setting secrets `whsec_<base64>`, `,`-separated; empty for none
    /// @throws IllegalArgumentException naming the setting, but no part of the secret
    static Secrets parse(String setting) {
        List<byte[]> roots = new ArrayList<>();
        String[] texts = setting.isBlank() ? new String[0] : setting.split(",", -1);
        for (int i = 0; i < texts.length; i++) {
            String place = "secret %d of %d".formatted(i + 1, texts.length);
            roots.add(bytes(texts[i].strip(), place));
        }
        return new Secrets(List.copyOf(roots));
    }

    private static byte[] bytes(String text, String place) {
        if (!text.startsWith(Signer.PREFIX)) {
            throw invalid(place, "a text that begins otherwise");
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(text.substring(Signer.PREFIX.length()));
            if (bytes.length < SHORTEST || bytes.length > LONGEST) {
                throw invalid(place, bytes.length + " bytes");
            }
            return bytes;
        } catch (IllegalArgumentException e) {
            throw e.getMessage().startsWith(SETTING) ? e : invalid(place, "no base64");
        }
    }

    private static IllegalArgumentException invalid(String place, String found) {
        return new IllegalArgumentException(
                "%s: %s: expected %s and %d to %d bytes in base64, found %s"
                        .formatted(SETTING, place, Signer.PREFIX, SHORTEST, LONGEST, found));
    }

    boolean none() {
        return roots.isEmpty();
    }

    /// Signs for a tenant with its secrets: HMAC-SHA256 of `webhooks/` and its name under each of
    /// the installation's, so that nothing has to be stored.
    Signer of(Tenant tenant) {
        byte[] name = ("webhooks/" + tenant.name()).getBytes(StandardCharsets.US_ASCII);
        return new Signer(roots.stream().map(root -> Signer.hmac(root, name)).toList());
    }
}
