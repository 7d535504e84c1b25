package io.sparsemesh.gateway.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An API key as its owner has it, `smk_ID_SECRET`: the id finds it, the secret shows that it is
/// theirs. The secret has 256 random bits, so a plain digest of it can be stored: there is nothing
/// to guess, and no work to be slowed down.
record ApiKeySecret(String id, String secret) {

    private static final String PREFIX = "smk_";
    private static final Pattern FORM =
            Pattern.compile(PREFIX + "([A-Za-z0-9-]{16})_([A-Za-z0-9_-]{43})");
    private static final SecureRandom RANDOM = new SecureRandom();

    static ApiKeySecret random() {
        return new ApiKeySecret(text(12).replace('_', '0'), text(32));
    }

    private static String text(int bytes) {
        byte[] bits = new byte[bytes];
        RANDOM.nextBytes(bits);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
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
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(secret.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return PREFIX + id;
    }
}
