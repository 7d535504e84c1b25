package io.sparsemesh.gateway.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs with all secrets of a tenant, so that receivers may change from one to the next. See the
/// Standard Webhooks specification, "Signature scheme".
final class Signer {

    static final String PREFIX = "whsec_";

    private static final String HMAC = "HmacSHA256";

    private final List<byte[]> secrets;

    Signer(List<byte[]> secrets) {
        this.secrets = secrets;
    }

    /// The secrets as receivers are given them: `whsec_<base64>`.
    List<String> texts() {
        return secrets.stream()
                .map(secret -> PREFIX + Base64.getEncoder().encodeToString(secret))
                .toList();
    }

    /// The header `webhook-signature`.
    ///
    /// @param timestamp seconds since 1970, as in `webhook-timestamp`
    String sign(String id, long timestamp, byte[] body) {
        byte[] head = (id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8);
        return secrets.stream()
                .map(secret -> Base64.getEncoder().encodeToString(hmac(secret, head, body)))
                .map(signature -> "v1," + signature)
                .collect(Collectors.joining(" "));
    }

    /// HMAC-SHA256 of the parts, one after the other.
    static byte[] hmac(byte[] secret, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(secret, HMAC));
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + HMAC, e);
        }
    }
}
