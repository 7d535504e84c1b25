package io.sparsemesh.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// An OTLP/HTTP collector that gets spans in batches, from a thread of its own.
final class Collector {

    private static final String TRACES = "v1/traces";
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final long LAST_SECONDS = 2;

    private final SdkTracerProvider provider;
    private final Tracer tracer;

    Collector(URI endpoint, String service) {
        this.provider =
                SdkTracerProvider.builder()
                        .setResource(Resource.getDefault().merge(resource(service)))
                        .addSpanProcessor(
                                BatchSpanProcessor.builder(exporter(endpoint))
                                        .setScheduleDelay(PERIOD)
                                        .build())
                        .build();
        this.tracer = provider.get("io.sparsemesh");
    }

    private static Resource resource(String service) {
        return Resource.create(
                Attributes.of(
                        AttributeKey.stringKey("service.namespace"),
                        "sparsemesh",
                        AttributeKey.stringKey("service.name"),
                        service));
    }

    private static OtlpHttpSpanExporter exporter(URI endpoint) {
        String base = endpoint.toString();
        return OtlpHttpSpanExporter.builder()
                .setEndpoint(base + (base.endsWith("/") ? "" : "/") + TRACES)
                .setTimeout(TIMEOUT)
                .build();
    }

    Step begin(String name, Tracing.Role role, String parent) {
        return new SpanStep(
                tracer.spanBuilder(name)
                        .setParent(TraceParent.context(parent))
                        .setSpanKind(
                                switch (role) {
                                    case SERVER -> SpanKind.SERVER;
                                    case PRODUCER -> SpanKind.PRODUCER;
                                    case CONSUMER -> SpanKind.CONSUMER;
                                })
                        .startSpan());
    }

    void close() {
        provider.shutdown().join(LAST_SECONDS, TimeUnit.SECONDS);
    }
}
