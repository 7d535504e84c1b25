package io.sparsemesh.gateway.submission;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.gateway.access.NewKey;
import io.sparsemesh.gateway.access.Scope;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.problem.Errors;
import io.sparsemesh.gateway.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads the JSON of a new API key.
public final class KeyReader {

    private static final int MAX_NAME = 128;
    private static final int DEFAULT_DAYS = 90;
    private static final int MAX_DAYS = 3650;

    private KeyReader() {}

    /// @throws ProblemException with all faults
    public static NewKey read(JsonNode body) {
        Errors errors = new Errors();
        Fields key = Fields.of(body, "", errors);
        NewKey read =
                new NewKey(
                        name(key),
                        tenant(key),
                        scopes(key),
                        Duration.ofDays(
                                key.count("expiresInDays", 1, MAX_DAYS).orElse(DEFAULT_DAYS)));
        key.finish();
        errors.throwIfAny();
        return read;
    }

    private static String name(Fields key) {
        String name = key.requiredText("name").orElse("");
        if (key.isText("name") && (name.isBlank() || name.length() > MAX_NAME)) {
            key.refuse(
                    "name",
                    "expected 1 to %d characters that say what it is for".formatted(MAX_NAME));
        }
        return name;
    }

    private static Optional<Tenant> tenant(Fields key) {
        Optional<String> name = key.text("tenant");
        if (name.isPresent() && !Tenant.isName(name.get())) {
            key.refuse("tenant", "expected %s, found '%s'".formatted(Tenant.form(), name.get()));
        }
        return name.filter(Tenant::isName).map(Tenant::new);
    }

    private static Set<Scope> scopes(Fields key) {
        if (!key.has("scopes")) {
            key.missing("scopes", "some of " + Scope.byText().keySet());
        }
        return Set.copyOf(key.choices("scopes", Scope.byText(), List.of()));
    }
}
