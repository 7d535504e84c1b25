package io.sparsemesh.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The header `traceparent` of W3C Trace Context.
final class TraceParent {

    static final String HEADER = "traceparent";

    private static final TextMapGetter<String> ONLY_HEADER =
            new TextMapGetter<>() {
                @Override
                public Iterable<String> keys(String value) {
                    return List.of(HEADER);
                }

                @Override
                public String get(String value, String key) {
                    return key.equals(HEADER) && !value.isEmpty() ? value : null;
                }
            };

    private TraceParent() {}

    static String of(Span span) {
        Map<String, String> headers = new HashMap<>();
        W3CTraceContextPropagator.getInstance()
                .inject(Context.root().with(span), headers, Map::put);
        return headers.getOrDefault(HEADER, "");
    }

    /// @param value that of the header; one that is none begins a trace
    static Context context(String value) {
        return W3CTraceContextPropagator.getInstance().extract(Context.root(), value, ONLY_HEADER);
    }
}
