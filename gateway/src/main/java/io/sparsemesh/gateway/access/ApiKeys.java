package io.sparsemesh.gateway.access;

import io.quarkus.hibernate.orm.panache.Panache;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The API keys of all tenants.
@ApplicationScoped
@Transactional(Transactional.TxType.REQUIRES_NEW)
public class ApiKeys {

    /// Not every request writes.
    private static final Duration USE_NOTED = Duration.ofMinutes(1);

    /// Makes a key.
    ///
    /// @return with the key itself, which nobody can tell again
    public ApiKeyJson create(NewKey wanted, Tenant tenant) {
        ApiKeySecret secret = ApiKeySecret.random();
        ApiKeyRow row = new ApiKeyRow();
        row.id = secret.id();
        row.tenant = tenant.name();
        row.name = wanted.name();
        row.scopes = ApiKeyRow.text(wanted.scopes());
        row.sha256 = secret.sha256();
        row.createdAt = now();
        row.expiresAt = row.createdAt.plus(wanted.lifetime());
        row.persist();
        return ApiKeyJson.of(row).with(secret);
    }

    /// Keys of a tenant, or of all, oldest first.
    public List<ApiKeyJson> list(Optional<Tenant> tenant) {
        return ApiKeyRow.<ApiKeyRow>find(
                        "?1 = '' or tenant = ?1 order by tenant, createdAt, id",
                        tenant.map(Tenant::name).orElse(""))
                .stream()
                .map(ApiKeyJson::of)
                .toList();
    }

    /// @param tenant whose it must be, if it must
    /// @return whether there was one
    public boolean revoke(String id, Optional<Tenant> tenant) {
        return ApiKeyRow.delete(
                        "id = ?1 and (?2 = '' or tenant = ?2)",
                        id,
                        tenant.map(Tenant::name).orElse(""))
                == 1;
    }

    boolean any() {
        return ApiKeyRow.count() > 0;
    }

    /// Who has a key, if it is valid.
    Optional<Caller> caller(String token) {
        return ApiKeySecret.parse(token).flatMap(ApiKeys::find).flatMap(row -> caller(row, now()));
    }

    private static Optional<ApiKeyRow> find(ApiKeySecret secret) {
        return ApiKeyRow.<ApiKeyRow>findByIdOptional(secret.id())
                .filter(row -> MessageDigest.isEqual(row.sha256, secret.sha256()));
    }

    private static Optional<Caller> caller(ApiKeyRow row, Instant now) {
        if (!row.expiresAt.isAfter(now)) {
            return Optional.empty();
        }
        if (row.lastUsedAt == null || row.lastUsedAt.isBefore(now.minus(USE_NOTED))) {
            row.lastUsedAt = now;
        }
        String name = "key '%s'".formatted(row.name);
        return Optional.of(new Caller.Member(name, new Tenant(row.tenant), row.scopes()));
    }

    /// By the database's clock: a key expires everywhere at once.
    private static Instant now() {
        return (Instant)
                Panache.getEntityManager()
                        .createNativeQuery("select now()", Instant.class)
                        .getSingleResult();
    }
}
