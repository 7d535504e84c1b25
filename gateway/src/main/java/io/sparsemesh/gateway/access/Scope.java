package io.sparsemesh.gateway.access;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a caller may do within its tenant. None holds another.
public enum Scope {
    /// See jobs, their events and artifacts, models and workers.
    READ,
    /// Submit, cancel, retry and delete jobs.
    WRITE,
    /// Make, see and revoke API keys.
    ADMIN;

    public static final Set<Scope> ALL = Set.of(values());

    private static final String PREFIX = "sparsemesh:";

    /// As requests and answers have it.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// As the identity provider's tokens have it.
    String claim() {
        return PREFIX + text();
    }

    /// All of them by their names in requests.
    public static Map<String, Scope> byText() {
        Map<String, Scope> byText = new LinkedHashMap<>();
        Arrays.stream(values()).forEach(scope -> byText.put(scope.text(), scope));
        return byText;
    }

    static Optional<Scope> ofClaim(String claim) {
        return Arrays.stream(values()).filter(scope -> scope.claim().equals(claim)).findFirst();
    }
}
