package io.sparsemesh.gateway.access;

import io.sparsemesh.artifacts.Digests;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An API key as its owner has it, `smk_ID_SECRET`: the id finds it, the secret shows that it is
/// theirs. The secret has 256 random bits, so a plain digest of it can be stored: there is nothing
/// to guess, and no work to be slowed down.
record ApiKeySecret(String id, String secret) {

    private static final String PREFIX = "smk_";
    private static final Pattern FORM =
            Pattern.compile(PREFIX + "([0-9a-f]{16})_([A-Za-z0-9_-]{43})");
    private static final SecureRandom RANDOM = new SecureRandom();

    static ApiKeySecret random() {
        return new ApiKeySecret(
                HexFormat.of().formatHex(random(8)),
                Base64.getUrlEncoder().withoutPadding().encodeToString(random(32)));
    }

    private static byte[] random(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return random;
    }

    /// Whether a token is meant to be an API key.
    static boolean looksLike(String token) {
        return token.startsWith(PREFIX);
    }

    static Optional<ApiKeySecret> parse(String token) {
        Matcher matcher = FORM.matcher(token);
        return matcher.matches()
                ? Optional.of(new ApiKeySecret(matcher.group(1), matcher.group(2)))
                : Optional.empty();
    }

    String token() {
        return PREFIX + id + "_" + secret;
    }

    /// What is stored of the secret.
    byte[] sha256() {
        return Digests.sha256().digest(secret.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public String toString() {
        return PREFIX + id;
    }
}
