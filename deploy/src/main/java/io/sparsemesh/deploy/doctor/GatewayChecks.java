package io.sparsemesh.deploy.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.client.ProblemException;
import io.sparsemesh.deploy.client.UnreachableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The gateway that commands talk to, and who works behind it.
final class GatewayChecks {
    private GatewayChecks() {}

    static List<Check> all(Patient patient) {
        Gateway gateway = patient.gateway();
        List<Check> checks = new ArrayList<>();
        try {
            gateway.jobs(Map.of(), 1);
            checks.add(Check.ok("gateway", gateway.base() + " answers"));
            checks.add(workers(gateway.workers()));
        } catch (UnreachableException gone) {
            checks.add(unreachable(patient, gone.getMessage()));
        } catch (ProblemException refused) {
            checks.add(
                    Check.fail(
                            "gateway",
                            gateway.base() + ": " + refused.problem().text(),
                            refused.problem().next()));
        }
        return checks;
    }

    /// That none runs yet is no fault, unless somebody named it.
    private static Check unreachable(Patient patient, String found) {
        return patient.variable("SPARSEMESH_URL").isPresent()
                ? Check.fail("gateway", found, "correct SPARSEMESH_URL, or start what it names")
                : Check.warn("gateway", found, "start one with `./sparsemesh dev`");
    }

    static Check workers(List<JsonNode> workers) {
        long layers = count(workers, "layer-worker");
        long evaluators = count(workers, "evaluator");
        String found = "layer-workers: %d, evaluators: %d".formatted(layers, evaluators);
        if (layers > 0 && evaluators > 0) {
            return Check.ok("workers", found);
        }
        return Check.warn(
                "workers",
                found,
                layers == 0
                        ? "jobs wait until a layer-worker comes: look into its log"
                        : "jobs with an evaluation wait until an evaluator comes: look into its log");
    }

    /// Live ones: those that were lost stay in the list for a while.
    private static long count(List<JsonNode> workers, String role) {
        return workers.stream()
                .filter(worker -> worker.path("role").asText().equals(role))
                .filter(worker -> !worker.path("state").asText().equals("LOST"))
                .count();
    }
}
