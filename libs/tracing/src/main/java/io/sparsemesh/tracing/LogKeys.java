package io.sparsemesh.tracing;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.MDC;

/// Says in every line that this thread logs what it works on, until [#close], which restores what
/// was said before.
public final class LogKeys implements AutoCloseable {

    private static final int TRACE_BEGIN = 3;
    private static final int TRACE_END = 35;
    private static final int SPAN_BEGIN = 36;
    private static final int SPAN_END = 52;

    private final Deque<Runnable> restore = new ArrayDeque<>();

    private LogKeys() {}

    /// Of a job.
    public static LogKeys job(Object id) {
        return new LogKeys().put("jobId", id);
    }

    /// Of an attempt of a task.
    public LogKeys task(Object id, int attempt) {
        return put("taskId", id).put("attempt", attempt);
    }

    /// Of a step, unless nobody looks.
    public LogKeys step(Step step) {
        String parent = step.traceparent();
        return parent.length() < SPAN_END
                ? this
                : put("traceId", parent.substring(TRACE_BEGIN, TRACE_END))
                        .put("spanId", parent.substring(SPAN_BEGIN, SPAN_END));
    }

    private LogKeys put(String key, Object value) {
        String before = MDC.get(key);
        restore.push(before == null ? () -> MDC.remove(key) : () -> MDC.put(key, before));
        MDC.put(key, value.toString());
        return this;
    }

    @Override
    public void close() {
        restore.forEach(Runnable::run);
    }
}
