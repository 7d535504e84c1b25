package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;

/// Instructions of a Containerfile, a line each.
record Containerfile(List<String> lines) {

    static Containerfile of(String text) {
        return new Containerfile(
                text.lines().map(String::strip).filter(l -> !l.startsWith("#")).toList());
    }

    static Containerfile read(String name) {
        return of(Repository.read("deploy/containers/" + name));
    }

    List<String> all(String instruction) {
        return lines.stream()
                .filter(line -> line.startsWith(instruction + " "))
                .map(line -> line.substring(instruction.length() + 1).strip())
                .toList();
    }

    Optional<String> last(String instruction) {
        List<String> found = all(instruction);
        return found.isEmpty() ? Optional.empty() : Optional.of(found.getLast());
    }

    /// The command, in exec form.
    List<String> entrypoint() {
        JsonNode words = Yaml.one(last("ENTRYPOINT").orElseThrow());
        return Manifests.items(words).map(JsonNode::asText).toList();
    }
}
