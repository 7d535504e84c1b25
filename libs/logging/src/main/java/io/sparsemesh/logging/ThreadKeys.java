package io.sparsemesh.logging;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.List;
import java.util.Map;
import java.util.logging.Formatter;
import org.jboss.logmanager.ExtFormatter;
import org.jboss.logmanager.ExtLogRecord;

/// Adds what the thread works on to the end of a line that is a JSON object.
final class ThreadKeys extends ExtFormatter {

    /// All that may be added, in this order. What else libraries note on a thread is not for the
    /// log.
    static final List<String> KEYS = List.of("jobId", "taskId", "attempt", "traceId", "spanId");

    private final Formatter object;

    /// @param object writes a record as an object with at least one key, and ends the line
    ThreadKeys(Formatter object) {
        this.object = object;
    }

    @Override
    public String format(ExtLogRecord record) {
        String line = object.format(record);
        Map<String, String> noted = record.getMdcCopy();
        if (noted.isEmpty()) {
            return line;
        }
        int end = line.lastIndexOf('}');
        StringBuilder longer = new StringBuilder(line.length() + 128).append(line, 0, end);
        KEYS.stream().filter(noted::containsKey).forEach(key -> add(longer, key, noted.get(key)));
        return longer.append(line, end, line.length()).toString();
    }

    private static void add(StringBuilder line, String key, String value) {
        line.append(",\"").append(key).append("\":\"");
        JsonStringEncoder.getInstance().quoteAsString(value, line);
        line.append('"');
    }
}
