package io.sparsemesh.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;

/// A step that a collector hears of.
record SpanStep(Span span) implements Step {

    @Override
    public Step with(String key, Object value) {
        if (value instanceof Number number) {
            span.setAttribute(key, number.longValue());
        } else {
            span.setAttribute(key, value.toString());
        }
        return this;
    }

    @Override
    public void fail(String why) {
        span.setStatus(StatusCode.ERROR, why);
    }

    @Override
    public String traceparent() {
        return TraceParent.of(span);
    }

    @Override
    public void close() {
        span.end();
    }
}
