package io.sparsemesh.gateway.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;

/// Where two JSON documents differ; the order of fields is no difference.
final class JsonDiff {

    private final List<String> found = new ArrayList<>();

    private JsonDiff() {}

    /// Pointers of what was added, removed or changed, with the values that are not objects.
    static List<String> between(JsonNode before, JsonNode after) {
        JsonDiff diff = new JsonDiff();
        diff.compare("", before, after);
        return diff.found;
    }

    private void compare(String at, JsonNode before, JsonNode after) {
        if (before.isObject() && after.isObject()) {
            compareFields(at, before, after);
        } else if (!before.equals(after)) {
            found.add("changed %s: %s -> %s".formatted(at, shown(before), shown(after)));
        }
    }

    private void compareFields(String at, JsonNode before, JsonNode after) {
        for (String name : names(before, after)) {
            String pointer = at + "/" + name.replace("~", "~0").replace("/", "~1");
            if (!after.has(name)) {
                found.add("removed " + pointer);
            } else if (!before.has(name)) {
                found.add("added " + pointer);
            } else {
                compare(pointer, before.get(name), after.get(name));
            }
        }
    }

    private static Iterable<String> names(JsonNode before, JsonNode after) {
        TreeSet<String> names = new TreeSet<>();
        for (JsonNode node : List.of(before, after)) {
            for (Iterator<String> fields = node.fieldNames(); fields.hasNext(); ) {
                names.add(fields.next());
            }
        }
        return names;
    }

    private static String shown(JsonNode node) {
        String text = node.toString();
        return text.length() > 120 ? text.substring(0, 120) + "..." : text;
    }
}
