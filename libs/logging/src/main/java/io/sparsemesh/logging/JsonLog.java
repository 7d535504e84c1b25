package io.sparsemesh.logging;

import io.quarkus.logging.json.runtime.JsonFormatter;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.jboss.logmanager.ExtHandler;

/// Gives lines in JSON the keys of their thread. Before the first line about a job is written: what
/// is logged earlier has none.
@ApplicationScoped
class JsonLog {

    /// Before every other observer, which may log.
    void start(@Observes @Priority(1) StartupEvent event) {
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            extend(handler);
        }
    }

    private static void extend(Handler handler) {
        if (handler.getFormatter() instanceof JsonFormatter json) {
            handler.setFormatter(new ThreadKeys(json));
        }
        if (handler instanceof ExtHandler nested) {
            for (Handler below : nested.getHandlers()) {
                extend(below);
            }
        }
    }
}
