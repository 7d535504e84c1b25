package io.sparsemesh.gateway.trace;

import io.quarkus.arc.Arc;
import io.sparsemesh.tracing.Step;
import io.sparsemesh.tracing.Tracing;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// The steps in which requests are answered.
@ApplicationScoped
public class RequestTraces {

    private final Tracing tracing;
    private final RequestStep current;

    RequestTraces(Tracing tracing, RequestStep current) {
        this.tracing = tracing;
        this.current = current;
    }

    /// The collector, if there is one.
    @Produces
    @Singleton
    static Tracing tracing(
            @ConfigProperty(name = "sparsemesh.gateway.trace-endpoint") Optional<URI> endpoint) {
        return Tracing.to(endpoint, "gateway");
    }

    static void close(@Disposes Tracing tracing) {
        tracing.close();
    }

    boolean areWanted() {
        return tracing.isOn();
    }

    /// Begins the step of the current request.
    ///
    /// @param parent what the client says it is part of, empty if nothing
    Step begin(String name, String parent) {
        Step step = tracing.begin(name, Tracing.Role.SERVER, parent);
        current.set(step);
        return step;
    }

    /// The current request's step.
    Step step() {
        return current.get();
    }

    /// Place of what the current request leads to; empty if nobody traces, or if there is none.
    public String traceparent() {
        return areWanted() && Arc.container().requestContext().isActive()
                ? step().traceparent()
                : "";
    }
}
