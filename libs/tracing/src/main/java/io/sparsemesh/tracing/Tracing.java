package io.sparsemesh.tracing;

import java.net.URI;
import java.util.Optional;

/// Where the steps of a process go: to a collector, or nowhere. While they go nowhere there are no
/// threads, and the classes of OpenTelemetry are not even loaded.
public final class Tracing implements AutoCloseable {

    /// What the OpenTelemetry specification calls the collector's address.
    public static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static final Tracing OFF = new Tracing(Optional.empty());

    private final Optional<Collector> collector;

    /// What part a step has in the way of a message.
    public enum Role {
        /// Answers a call.
        SERVER,
        /// Sends a message that others take up.
        PRODUCER,
        /// Takes up a message.
        CONSUMER
    }

    private Tracing(Optional<Collector> collector) {
        this.collector = collector;
    }

    public static Tracing off() {
        return OFF;
    }

    /// @param endpoint base address of an OTLP/HTTP collector; nowhere if empty
    /// @param service name of this process in traces
    public static Tracing to(Optional<URI> endpoint, String service) {
        return endpoint.isEmpty()
                ? OFF
                : new Tracing(endpoint.map(address -> new Collector(address, service)));
    }

    public boolean isOn() {
        return collector.isPresent();
    }

    /// @param parent `traceparent` of the step that led to this one; empty, or one that cannot be
    ///     read, if this is the first of a trace
    public Step begin(String name, Role role, String parent) {
        return collector.isPresent() ? collector.get().begin(name, role, parent) : Step.UNSEEN;
    }

    /// Sends what was not sent yet, within two seconds.
    @Override
    public void close() {
        collector.ifPresent(Collector::close);
    }
}
