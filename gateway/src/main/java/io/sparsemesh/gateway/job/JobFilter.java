package io.sparsemesh.gateway.job;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.gateway.problem.ProblemException;
import jakarta.ws.rs.core.MultivaluedMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which jobs a list is to have.
///
/// @param states any of these, all if empty
/// @param labels JSON object that a job's labels must contain
/// @param model URI or folder name of the model
record JobFilter(List<JobState> states, String labels, Optional<String> model) {

    private static final String LABEL = "label.";
    private static final List<String> KNOWN = List.of("state", "model", "pageSize", "pageToken");

    /// @throws ProblemException if a parameter is unknown or cannot be read
    static JobFilter of(MultivaluedMap<String, String> query) {
        List<JobState> states = new ArrayList<>();
        ObjectNode labels = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, List<String>> parameter : query.entrySet()) {
            String name = parameter.getKey();
            List<String> values = parameter.getValue();
            values.forEach(value -> requireStorable(name, value));
            if (name.startsWith(LABEL)) {
                requireStorable(LABEL, name);
                labels.put(name.substring(LABEL.length()), values.getLast());
            } else if (name.equals("state")) {
                values.forEach(value -> states.addAll(states(value)));
            } else if (!KNOWN.contains(name)) {
                throw ProblemException.parameter(
                        name, "unknown, expected label.<name> or one of " + KNOWN);
            }
        }
        Optional<String> model = Optional.ofNullable(query.getFirst("model"));
        return new JobFilter(states, labels.toString(), model.map(JobFilter::normalised));
    }

    private static List<JobState> states(String value) {
        return Arrays.stream(value.split(",")).map(JobFilter::state).toList();
    }

    private static JobState state(String name) {
        return Arrays.stream(JobState.values())
                .filter(state -> state.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                ProblemException.parameter(
                                        "state",
                                        "expected one of %s, found '%s'"
                                                .formatted(
                                                        Arrays.toString(JobState.values()), name)));
    }

    private static void requireStorable(String name, String value) {
        if (value.indexOf('\0') >= 0) {
            throw ProblemException.parameter(name, "expected text without NUL");
        }
    }

    /// `file:/a`, `file:///a/` and `/a` are one folder.
    private static String normalised(String model) {
        String path = model.replaceFirst("^file:(//)?(?=/)", "").replaceFirst("(?<=.)/+$", "");
        return path.startsWith("/") ? "file://" + path : path;
    }
}
