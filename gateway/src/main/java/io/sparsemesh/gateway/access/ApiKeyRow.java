package io.sparsemesh.gateway.access;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// What is known of an API key: its secret is not.
@Entity
@Table(name = "api_key")
class ApiKeyRow extends PanacheEntityBase {

    @Id String id;

    String tenant;
    String name;

    /// Names with spaces between them.
    String scopes;

    byte[] sha256;

    @Column(name = "created_at")
    Instant createdAt;

    @Column(name = "expires_at")
    Instant expiresAt;

    @Column(name = "last_used_at")
    Instant lastUsedAt;

    static String text(Set<Scope> scopes) {
        return scopes.stream().sorted().map(Scope::text).collect(Collectors.joining(" "));
    }

    /// Names that a later version may have made mean nothing here.
    Set<Scope> scopes() {
        Map<String, Scope> known = Scope.byText();
        return Arrays.stream(scopes.split(" "))
                .filter(known::containsKey)
                .map(known::get)
                .collect(Collectors.toUnmodifiableSet());
    }
}
