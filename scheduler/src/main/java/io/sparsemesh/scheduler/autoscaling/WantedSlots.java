package io.sparsemesh.scheduler.autoscaling;

import io.sparsemesh.scheduler.core.Pool;
import java.util.Map;

/// The answer to whoever scales: how many workers and evaluators are worth having, and why.
///
/// @param wantedWorkers layer-workers that would have something to do now
/// @param wantedEvaluators the same of evaluators
/// @param workers what the first was computed from
/// @param evaluators what the second was computed from
record WantedSlots(long wantedWorkers, long wantedEvaluators, Counted workers, Counted evaluators) {

    /// @param most upper limit, from the settings
    record Counted(long running, long queued, long ready, long live, int most) {
        static Counted of(Demand demand, int most) {
            return new Counted(
                    demand.running(), demand.queued(), demand.ready(), demand.live(), most);
        }
    }

    static WantedSlots of(Map<Pool, Demand> demands, int mostWorkers, int mostEvaluators) {
        Demand layers = demands.getOrDefault(Pool.LAYERS, Demand.NONE);
        Demand evaluations = demands.getOrDefault(Pool.EVALUATIONS, Demand.NONE);
        return new WantedSlots(
                layers.wanted(mostWorkers),
                evaluations.wanted(mostEvaluators),
                Counted.of(layers, mostWorkers),
                Counted.of(evaluations, mostEvaluators));
    }
}
