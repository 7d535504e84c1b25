package io.sparsemesh.scheduler;

import io.quarkus.runtime.Startup;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.artifacts.ArtifactStores;
import io.sparsemesh.scheduler.core.Alarm;
import io.sparsemesh.scheduler.core.Decider;
import io.sparsemesh.scheduler.core.Policy;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/// Plain objects, made from the settings.
final class CoreBeans {

    @Produces
    @Singleton
    Policy policy(SchedulerSettings settings) {
        Policy standard = Policy.standard(settings.attempt());
        return new Policy(
                settings.pickUp(),
                settings.heartbeat(),
                settings.attempt(),
                settings.backoff(),
                standard.longestBackoff(),
                standard.maxFailures(),
                standard.maxLosses(),
                standard.deadlines());
    }

    @Produces
    @Singleton
    Decider decider(Policy policy) {
        return new Decider(policy);
    }

    @Produces
    @Singleton
    Alarm alarm(Policy policy) {
        return new Alarm(policy);
    }

    /// The store is opened or the process does not start.
    @Startup
    @Produces
    @Singleton
    ArtifactStore artifacts(StoreConfig config) {
        return ArtifactStores.open(StoreConfig.settings(config));
    }
}
