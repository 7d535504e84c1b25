package io.sparsemesh.logging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.Level;
import org.jboss.logmanager.MDC;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a thread works on, in a line.
class ThreadKeysTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ThreadKeys keys =
            new ThreadKeys(
                    new Formatter() {
                        @Override
                        public String format(LogRecord record) {
                            return "{\"message\":\"{}\"}\n";
                        }
                    });

    private String line() {
        return keys.format(new ExtLogRecord(Level.INFO, "any", getClass().getName()));
    }

    @AfterEach
    void forget() {
        MDC.clear();
    }

    @Test
    void aThreadThatWorksOnNothingLeavesTheLineAsItIs() {
        assertThat(line()).isEqualTo("{\"message\":\"{}\"}\n");
    }

    @Test
    void aLineTellsJobAndTaskWhateverTheirNamesContain() throws Exception {
        MDC.put("taskId", "solve \"q\"\n");
        MDC.put("jobId", "j-1");

        assertThat(line()).endsWith("}\n").doesNotContain("\n}");
        assertThat(JSON.readValue(line(), Map.class))
                .isEqualTo(Map.of("message", "{}", "jobId", "j-1", "taskId", "solve \"q\"\n"));
    }

    @Test
    void whatALibraryNotesOnTheThreadIsNoKeyOfTheLog() throws Exception {
        MDC.put("requestId", "7");
        MDC.put("spanId", "ab");

        assertThat(JSON.readValue(line(), Map.class))
                .isEqualTo(Map.of("message", "{}", "spanId", "ab"));
    }
}
