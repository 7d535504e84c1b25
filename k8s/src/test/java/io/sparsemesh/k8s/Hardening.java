package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.k8s.Manifests.Container;
import io.sparsemesh.k8s.Manifests.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// What every pod and container has to be, whatever it does: Kubernetes' restricted standard, a
/// read-only root, resources, and secrets that come from elsewhere.
final class Hardening {

    private static final Pattern SECRET =
            Pattern.compile("PASSWORD|SECRET|TOKEN|ROOT_KEY|JAAS|ACCESS_KEY");

    private final List<String> complaints = new ArrayList<>();

    private Hardening() {}

    static List<String> complaints(Manifests manifests) {
        Hardening check = new Hardening();
        manifests.workloads().forEach(check::pod);
        manifests.workloads().flatMap(Workload::containers).forEach(check::container);
        manifests.kind("KafkaNodePool").forEach(check::brokers);
        manifests.kind("Kafka").forEach(check::entityOperator);
        manifests
                .kind("Secret")
                .forEach(secret -> check.add(Manifests.name(secret), "is a Secret of the chart"));
        return check.complaints;
    }

    private void pod(Workload workload) {
        String place = Manifests.kind(workload.resource()) + " " + workload.component();
        JsonNode pod = workload.pod();
        JsonNode security = pod.path("securityContext");
        expect(place, security, "/runAsNonRoot", "true");
        expect(place, security, "/seccompProfile/type", "RuntimeDefault");
        expect(place, pod, "/automountServiceAccountToken", "false");
        expect(place, pod, "/enableServiceLinks", "false");
        if (security.path("runAsUser").asInt() < 1000) {
            add(place, "runs as user " + security.path("runAsUser"));
        }
        for (String host : List.of("hostNetwork", "hostPID", "hostIPC")) {
            if (pod.path(host).asBoolean()) {
                add(place, "shares " + host);
            }
        }
        Manifests.items(pod.path("volumes"))
                .filter(volume -> volume.has("hostPath"))
                .forEach(volume -> add(place, "mounts the host's " + volume.path("hostPath")));
    }

    /// Strimzi makes the pods, of these templates; users and folders are its images' matter.
    private void brokers(JsonNode pool) {
        String place = "KafkaNodePool " + Manifests.name(pool);
        JsonNode template = pool.at("/spec/template");
        operatedPod(place, template);
        restricted(place, template.at("/kafkaContainer/securityContext"));
        resources(place, pool.path("spec"));
    }

    private void entityOperator(JsonNode kafka) {
        JsonNode operators = kafka.at("/spec/entityOperator");
        String place = "Kafka %s, entity operator".formatted(Manifests.name(kafka));
        JsonNode template = operators.path("template");
        operatedPod(place, template);
        for (String each : List.of("topicOperator", "userOperator")) {
            String container = place + ", " + each;
            restricted(container, template.path(each + "Container").path("securityContext"));
            resources(container, operators.path(each));
        }
    }

    private void operatedPod(String place, JsonNode template) {
        JsonNode security = template.at("/pod/securityContext");
        expect(place, security, "/runAsNonRoot", "true");
        expect(place, security, "/seccompProfile/type", "RuntimeDefault");
    }

    private void container(Container container) {
        String place = container.place();
        restricted(place, container.node().path("securityContext"));
        resources(place, container.node());
        temporaryFolder(place, container);
        image(place, container.node().path("image").asText());
        container.env().forEach(variable -> secret(place, variable));
    }

    private void restricted(String place, JsonNode security) {
        expect(place, security, "/runAsNonRoot", "true");
        expect(place, security, "/readOnlyRootFilesystem", "true");
        expect(place, security, "/allowPrivilegeEscalation", "false");
        expect(place, security, "/seccompProfile/type", "RuntimeDefault");
        expect(place, security, "/capabilities", "{\"drop\":[\"ALL\"]}");
        if (security.path("privileged").asBoolean()) {
            add(place, "is privileged");
        }
        if (security.path("runAsUser").asInt(1) == 0) {
            add(place, "runs as user 0");
        }
    }

    private void resources(String place, JsonNode owner) {
        for (String amount : List.of("/requests/cpu", "/requests/memory", "/limits/memory")) {
            if (owner.at("/resources" + amount).isMissingNode()) {
                add(place, "has no resources" + amount);
            }
        }
    }

    /// The JVM unpacks native libraries there; nothing else of the root can be written.
    private void temporaryFolder(String place, Container container) {
        Optional<String> volume =
                Manifests.items(container.node().path("volumeMounts"))
                        .filter(mount -> mount.path("mountPath").asText().equals("/tmp"))
                        .map(mount -> mount.path("name").asText())
                        .findFirst();
        boolean empty =
                Manifests.items(container.workload().pod().path("volumes"))
                        .filter(v -> volume.equals(Optional.of(v.path("name").asText())))
                        .anyMatch(v -> v.has("emptyDir"));
        if (!empty) {
            add(place, "has no emptyDir at /tmp");
        }
    }

    private void image(String place, String image) {
        if (!image.matches(".+(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})")
                || image.endsWith(":latest")) {
            add(place, "has the image %s, expected a version or a digest".formatted(image));
        }
    }

    private void secret(String place, JsonNode variable) {
        String name = variable.path("name").asText();
        boolean secret = SECRET.matcher(name).find();
        boolean referred = variable.at("/valueFrom/secretKeyRef/name").isTextual();
        if (secret && (!referred || variable.has("value"))) {
            add(place, "has %s in the clear".formatted(name));
        }
    }

    private void expect(String place, JsonNode node, String pointer, String expected) {
        JsonNode found = node.at(pointer);
        String text = found.isValueNode() ? found.asText() : found.toString();
        if (!text.equals(expected)) {
            add(
                    place,
                    "%s: expected %s, found %s"
                            .formatted(
                                    pointer, expected, found.isMissingNode() ? "nothing" : text));
        }
    }

    private void add(String place, String what) {
        complaints.add(place + ": " + what);
    }
}
