package io.sparsemesh.gateway.quota;

import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.quarkus.hibernate.orm.panache.Panache;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.problem.ProblemException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ToLongFunction;

/// Keeps a tenant within what the installation allows each.
@ApplicationScoped
public class Quotas {

    private static final Duration PERIOD = Duration.ofMinutes(1);

    /// Nobody knows when a job will have ended.
    private static final Duration JOB_RETRY = Duration.ofMinutes(1);

    private final OptionalInt jobs;
    private final Optional<RateLimiterRegistry> calls;

    Quotas(QuotaSettings settings) {
        this.jobs = settings.jobs();
        this.calls =
                settings.callsPerMinute().isPresent()
                        ? Optional.of(limiters(settings.callsPerMinute().getAsInt()))
                        : Optional.empty();
    }

    private static RateLimiterRegistry limiters(int callsPerMinute) {
        return RateLimiterRegistry.of(
                RateLimiterConfig.custom()
                        .limitForPeriod(callsPerMinute)
                        .limitRefreshPeriod(PERIOD)
                        .timeoutDuration(Duration.ZERO)
                        .build());
    }

    /// Counts a call of the API.
    ///
    /// @throws ProblemException 429 if there were too many in this minute
    public void call(Tenant tenant) {
        if (calls.isEmpty()) {
            return;
        }
        RateLimiter limiter = calls.get().rateLimiter(tenant.name());
        if (!limiter.acquirePermission()) {
            throw ProblemException.tooMany(
                    "expected at most %d calls of tenant %s in a minute"
                            .formatted(limiter.getRateLimiterConfig().getLimitForPeriod(), tenant),
                    PERIOD);
        }
    }

    /// Makes sure that one more job may run, until the caller's transaction ends: submissions of a
    /// tenant wait for each other here, so that two do not both take the last place.
    ///
    /// @param unfinished counts a tenant's jobs that have not ended
    /// @throws ProblemException 429 if the tenant has as many as it may
    @Transactional(Transactional.TxType.MANDATORY)
    public void oneMoreJob(Tenant tenant, ToLongFunction<Tenant> unfinished) {
        if (jobs.isEmpty()) {
            return;
        }
        Panache.getEntityManager()
                .createNativeQuery(
                        "select 1 from pg_advisory_xact_lock(hashtextextended(?1, 7201))")
                .setParameter(1, "quota:" + tenant.name())
                .getSingleResult();
        long found = unfinished.applyAsLong(tenant);
        if (found >= jobs.getAsInt()) {
            throw ProblemException.tooMany(
                    "expected at most %d unfinished jobs of tenant %s, found %d; one may go on when another has ended"
                            .formatted(jobs.getAsInt(), tenant, found),
                    JOB_RETRY);
        }
    }
}
