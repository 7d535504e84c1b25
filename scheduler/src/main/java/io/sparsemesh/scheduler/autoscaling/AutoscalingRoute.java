package io.sparsemesh.scheduler.autoscaling;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.vertx.http.ManagementInterface;
import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.database.DatabaseException;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Map;
import org.jboss.logging.Logger;

/// `GET /internal/v1/autoscaling` of the management port: that port is the one that only the
/// platform reaches, and asks nobody who calls.
@ApplicationScoped
class AutoscalingRoute implements Handler<RoutingContext> {

    static final String PATH = "/internal/v1/autoscaling";
    private static final Logger LOG = Logger.getLogger(AutoscalingRoute.class);

    private final Demands demands;
    private final SchedulerSettings settings;
    private final ObjectMapper json;

    AutoscalingRoute(Demands demands, SchedulerSettings settings, ObjectMapper json) {
        this.demands = demands;
        this.settings = settings;
        this.json = json;
    }

    void register(@Observes ManagementInterface management) {
        management.router().get(PATH).blockingHandler(this, false);
    }

    /// 503 while the database is away: a scaler keeps what it has then, as the chart tells KEDA. An
    /// answer of 0 would send busy workers away.
    @Override
    public void handle(RoutingContext context) {
        try {
            WantedSlots wanted =
                    WantedSlots.of(
                            demands.now(), settings.mostWorkers(), settings.mostEvaluators());
            answer(context, 200, wanted);
        } catch (DatabaseException e) {
            LOG.warnf("cannot tell how many workers are wanted: %s", e.getMessage());
            answer(context, 503, Map.of("detail", "the database does not answer"));
        }
    }

    private void answer(RoutingContext context, int status, Object body) {
        try {
            context.response()
                    .setStatusCode(status)
                    .putHeader("Content-Type", "application/json")
                    .putHeader("Cache-Control", "no-store")
                    .end(json.writeValueAsString(body));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + body, e);
        }
    }
}
