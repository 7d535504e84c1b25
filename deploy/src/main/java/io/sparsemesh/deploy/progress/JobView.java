package io.sparsemesh.deploy.progress;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/// How far a job is.
///
/// @param id the job's id
/// @param name what people call it
/// @param state as in the API
/// @param reason why it is there, maybe empty
/// @param done linears that are pruned
/// @param total linears to be pruned, 0 before planning
/// @param etaSeconds seconds still to go, negative if unknown
/// @param blocks the model's blocks that are pruned, in order
public record JobView(
        String id,
        String name,
        String state,
        String reason,
        int done,
        int total,
        long etaSeconds,
        List<BlockView> blocks) {
    private static final Set<String> TERMINAL =
            Set.of("SUCCEEDED", "DEGRADED", "FAILED", "CANCELLED");

    public JobView {
        blocks = List.copyOf(blocks);
    }

    /// How far one transformer block is.
    ///
    /// @param running linears being pruned now
    public record BlockView(int block, int done, int running, int total) {
        boolean isDone() {
            return done == total;
        }

        boolean isActive() {
            return !isDone() && done + running > 0;
        }

        private BlockView plus(String state) {
            return new BlockView(
                    block,
                    done + (state.equals("SUCCEEDED") ? 1 : 0),
                    running + (state.equals("RUNNING") ? 1 : 0),
                    total + 1);
        }
    }

    /// Reads a job and its layers as the gateway describes them.
    public static JobView of(String name, JsonNode job, List<JsonNode> layers) {
        TreeMap<Integer, BlockView> blocks = new TreeMap<>();
        for (JsonNode layer : layers) {
            int block = layer.path("block").asInt();
            BlockView view = blocks.getOrDefault(block, new BlockView(block, 0, 0, 0));
            blocks.put(block, view.plus(layer.path("state").asText()));
        }
        JsonNode progress = job.path("progress");
        return new JobView(
                job.path("id").asText(),
                name,
                job.path("state").asText(),
                job.path("stateReason").asText(""),
                progress.path("layersDone").asInt(),
                progress.path("layersTotal").asInt(),
                progress.path("etaSeconds").asLong(-1),
                new ArrayList<>(blocks.values()));
    }

    public boolean isTerminal() {
        return TERMINAL.contains(state);
    }

    int percent() {
        return total == 0 ? 0 : (int) (100L * done / total);
    }

    long blocksDone() {
        return blocks.stream().filter(BlockView::isDone).count();
    }
}
