package io.sparsemesh.gateway.access;

import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.ProblemException;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds out who sends a request: by an API key, by the root key, or by a token of the identity
/// provider.
@ApplicationScoped
class Authenticator {

    private static final Pattern BEARER =
            Pattern.compile("Bearer +(\\S+)", Pattern.CASE_INSENSITIVE);

    private final AccessSettings settings;
    private final ApiKeys keys;
    private final IdentityProvider provider;

    Authenticator(AccessSettings settings, ApiKeys keys, IdentityProvider provider) {
        this.settings = settings;
        this.keys = keys;
        this.provider = provider;
    }

    /// @param authorization the header of that name
    /// @throws ProblemException 401 if it does not tell who that is
    Caller authenticate(Optional<String> authorization) {
        if (!settings.enabled()) {
            return Caller.ANYBODY;
        }
        String token = token(authorization.orElseThrow(Authenticator::nobody));
        if (isRoot(token)) {
            return new Caller.Root();
        }
        if (ApiKeySecret.looksLike(token)) {
            return keys.caller(token)
                    .orElseThrow(() -> unknown("the API key is unknown, revoked or expired"));
        }
        return provider.caller();
    }

    private static String token(String authorization) {
        Matcher bearer = BEARER.matcher(authorization.strip());
        if (!bearer.matches()) {
            throw nobody();
        }
        return bearer.group(1);
    }

    /// In the same time whatever is wrong.
    private boolean isRoot(String token) {
        return settings.rootKey()
                .filter(key -> MessageDigest.isEqual(utf8(key), utf8(token)))
                .isPresent();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ProblemException nobody() {
        return unknown("expected a header Authorization: Bearer TOKEN, with an API key or a token");
    }

    static ProblemException unknown(String detail) {
        return new ProblemException(401, Code.UNAUTHENTICATED, detail);
    }
}
