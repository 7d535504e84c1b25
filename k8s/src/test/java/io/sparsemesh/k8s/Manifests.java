package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// Rendered resources.
record Manifests(List<JsonNode> all) {

    static Manifests of(String rendered) {
        return new Manifests(Yaml.all(rendered));
    }

    /// Of which checks cannot spoil the original.
    Manifests copy() {
        return new Manifests(all.stream().<JsonNode>map(JsonNode::deepCopy).toList());
    }

    Manifests with(JsonNode more) {
        List<JsonNode> longer = new ArrayList<>(all);
        longer.add(more);
        return new Manifests(List.copyOf(longer));
    }

    Manifests without(String kind, String name) {
        return new Manifests(
                all.stream().filter(r -> !(kind(r).equals(kind) && name(r).equals(name))).toList());
    }

    Stream<JsonNode> kind(String kind) {
        return all.stream().filter(resource -> kind(resource).equals(kind));
    }

    /// @throws java.util.NoSuchElementException if there is none
    JsonNode get(String kind, String name) {
        return kind(kind).filter(resource -> name(resource).equals(name)).findFirst().orElseThrow();
    }

    static String kind(JsonNode resource) {
        return resource.path("kind").asText();
    }

    static String name(JsonNode resource) {
        return resource.at("/metadata/name").asText();
    }

    /// What runs pods.
    Stream<Workload> workloads() {
        return Stream.concat(kind("Deployment"), kind("Job")).map(Workload::new);
    }

    Workload workload(String component) {
        return workloads().filter(w -> w.component().equals(component)).findFirst().orElseThrow();
    }

    static Stream<JsonNode> items(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }

    /// A Deployment or a Job.
    record Workload(JsonNode resource) {

        JsonNode pod() {
            return resource.at("/spec/template/spec");
        }

        JsonNode podLabels() {
            return resource.at("/spec/template/metadata/labels");
        }

        String component() {
            return podLabels().path("app.kubernetes.io/component").asText();
        }

        boolean isDeployment() {
            return kind(resource).equals("Deployment");
        }

        Stream<Container> containers() {
            return Stream.of("initContainers", "containers")
                    .flatMap(list -> items(pod().path(list)))
                    .map(container -> new Container(this, container));
        }
    }

    record Container(Workload workload, JsonNode node) {

        /// Which service runs in it: the image's last word.
        String service() {
            return node.path("image").asText().replaceAll("[:@].*", "").replaceAll(".*/", "");
        }

        Stream<JsonNode> env() {
            return items(node.path("env"));
        }

        /// Value of a variable, empty if there is none.
        String env(String name) {
            return env().filter(e -> e.path("name").asText().equals(name))
                    .map(e -> e.path("value").asText())
                    .findFirst()
                    .orElse("");
        }

        /// Whether it has artifacts, models or outputs in S3.
        boolean usesS3() {
            return env("SPARSEMESH_STORE").startsWith("s3:")
                    || !env("SPARSEMESH_BUCKETS").isEmpty();
        }

        String place() {
            return "%s %s, container %s"
                    .formatted(
                            kind(workload.resource()),
                            Manifests.name(workload.resource()),
                            node.path("name").asText());
        }
    }
}
