package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;

/// What is done to a copy of the rendered resources, and what a check has to say of it.
record Spoiled(String complaint, Consumer<Manifests> spoiler) {

    static Spoiled of(String complaint, Consumer<Manifests> spoiler) {
        return new Spoiled(complaint, spoiler);
    }

    /// In the container of a component, what lies at a pointer.
    static Spoiled container(
            String complaint, String component, String pointer, Consumer<ObjectNode> spoiler) {
        return new Spoiled(
                complaint, m -> spoiler.accept(object(container(m, component), pointer)));
    }

    /// In the pod of a component, what lies at a pointer.
    static Spoiled pod(
            String complaint, String component, String pointer, Consumer<ObjectNode> spoiler) {
        return new Spoiled(
                complaint, m -> spoiler.accept(object(m.workload(component).pod(), pointer)));
    }

    /// In a resource, without the release's name, what lies at a pointer.
    static Spoiled resource(
            String complaint,
            String kind,
            String name,
            String pointer,
            Consumer<ObjectNode> spoiler) {
        String full = name.isEmpty() ? "sparsemesh" : "sparsemesh-" + name;
        return new Spoiled(complaint, m -> spoiler.accept(object(m.get(kind, full), pointer)));
    }

    static ObjectNode container(Manifests manifests, String component) {
        return (ObjectNode)
                manifests.workload(component).containers().findFirst().orElseThrow().node();
    }

    static ObjectNode object(JsonNode resource, String pointer) {
        return (ObjectNode) resource.at(pointer);
    }

    static ObjectNode variable(Manifests manifests, String component, String name) {
        return (ObjectNode)
                Manifests.items(container(manifests, component).path("env"))
                        .filter(each -> each.path("name").asText().equals(name))
                        .findFirst()
                        .orElseThrow();
    }

    /// Takes a variable away.
    static void remove(Manifests manifests, String component, String name) {
        ArrayNode env = (ArrayNode) container(manifests, component).path("env");
        JsonNode found = variable(manifests, component, name);
        for (int i = env.size() - 1; i >= 0; i--) {
            if (env.get(i) == found) {
                env.remove(i);
            }
        }
    }

    @Override
    public String toString() {
        return complaint;
    }
}
