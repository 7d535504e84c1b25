package io.sparsemesh.gateway.access;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;

/// An API key as the API shows it.
///
/// @param lastUsedAt to about a minute; absent if it never was
/// @param key the key itself, in the answer that makes it and never again
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ApiKeyJson(
        String id,
        String name,
        String tenant,
        List<String> scopes,
        Instant createdAt,
        Instant expiresAt,
        Instant lastUsedAt,
        String key) {

    static ApiKeyJson of(ApiKeyRow row) {
        return new ApiKeyJson(
                row.id,
                row.name,
                row.tenant,
                List.of(row.scopes.split(" ")),
                row.createdAt,
                row.expiresAt,
                row.lastUsedAt,
                null);
    }

    ApiKeyJson with(ApiKeySecret secret) {
        return new ApiKeyJson(
                id, name, tenant, scopes, createdAt, expiresAt, lastUsedAt, secret.token());
    }

    /// Without the key, which is for its owner alone.
    @Override
    public String toString() {
        return "ApiKeyJson[id=%s, name=%s, tenant=%s]".formatted(id, name, tenant);
    }
}
