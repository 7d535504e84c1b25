package io.sparsemesh.gateway.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Secrets that webhooks are signed with, each with all of them, so that receivers may change from
/// one to the next. See the Standard Webhooks specification, "Signature scheme".
final class Secrets {

    static final String SETTING = "SPARSEMESH_WEBHOOK_SECRET";

    private static final String PREFIX = "whsec_";
    private static final String HMAC = "HmacSHA256";
    private static final int SHORTEST = 24;
    private static final int LONGEST = 64;

    private final List<SecretKeySpec> keys;

    private Secrets(List<SecretKeySpec> keys) {
        this.keys = keys;
    }

    /// @param setting secrets `whsec_<base64>`, `,`-separated; empty for none
    /// @throws IllegalArgumentException naming the setting, but no part of the secret
    static Secrets parse(String setting) {
        List<SecretKeySpec> keys = new ArrayList<>();
        String[] texts = setting.isBlank() ? new String[0] : setting.split(",", -1);
        for (int i = 0; i < texts.length; i++) {
            String place = "secret %d of %d".formatted(i + 1, texts.length);
            keys.add(new SecretKeySpec(bytes(texts[i].strip(), place), HMAC));
        }
        return new Secrets(List.copyOf(keys));
    }

    private static byte[] bytes(String text, String place) {
        if (!text.startsWith(PREFIX)) {
            throw invalid(place, "a text that begins otherwise");
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(text.substring(PREFIX.length()));
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
                        .formatted(SETTING, place, PREFIX, SHORTEST, LONGEST, found));
    }

    boolean none() {
        return keys.isEmpty();
    }

    /// The header `webhook-signature`.
    ///
    /// @param timestamp seconds since 1970, as in `webhook-timestamp`
    String sign(String id, long timestamp, byte[] body) {
        return keys.stream()
                .map(key -> "v1," + signature(key, id + "." + timestamp + ".", body))
                .collect(Collectors.joining(" "));
    }

    private static String signature(SecretKeySpec key, String head, byte[] body) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            mac.update(head.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + HMAC, e);
        }
    }
}
