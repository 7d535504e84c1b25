package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.client.ServerEvent;

/// Writes an event of a job as a line.
final class EventText {
    private EventText() {}

    /// `{"id": .., "event": .., "data": {..}}`.
    static ObjectNode json(ServerEvent event) {
        ObjectNode line = Gateway.JSON.createObjectNode();
        line.put("id", event.id()).put("event", event.type());
        try {
            line.set("data", Gateway.JSON.readTree(event.data()));
        } catch (JsonProcessingException notJson) {
            line.put("data", event.data());
        }
        return line;
    }

    /// Number, time, type, and what changed: the fields of `data.data` that say something, of lists
    /// their length.
    static String text(ServerEvent event) {
        JsonNode data = json(event).path("data");
        StringBuilder line = new StringBuilder();
        line.append("%4s  %s  %-18s".formatted(event.id(), at(data), type(event, data)));
        data.path("data")
                .properties()
                .forEach(field -> line.append(field(field.getKey(), field.getValue())));
        return line.toString().stripTrailing();
    }

    private static String field(String name, JsonNode value) {
        String text = value.isArray() ? Integer.toString(value.size()) : value.asText("");
        return text.isEmpty() ? "" : " " + name + "=" + text;
    }

    private static String type(ServerEvent event, JsonNode data) {
        return data.path("type").asText(event.type());
    }

    /// To the second, in UTC, as the gateway gives it.
    private static String at(JsonNode data) {
        String at = data.path("at").asText("");
        return at.length() > 19 ? at.substring(0, 19) + "Z" : at;
    }
}
