package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.k8s.Manifests.Container;
import io.sparsemesh.k8s.Manifests.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What every pod and container has to be, whatever it does: Kubernetes' restricted standard, a
/// read-only root, resources, and secrets that come from elsewhere.
final class Hardening {

    private static final Pattern SECRET =
            Pattern.compile("PASSWORD|SECRET|TOKEN|ROOT_KEY|JAAS|ACCESS_KEY");

    /// Names a secret's neighbour, not a secret.
    private static final Set<String> OPEN = Set.of("SPARSEMESH_OIDC_TENANT_CLAIM");

    private final List<String> complaints = new ArrayList<>();

    private Hardening() {}

    static List<String> complaints(Manifests manifests) {
        Hardening check = new Hardening();
        manifests.workloads().forEach(check::pod);
        manifests.workloads().flatMap(Workload::containers).forEach(check::container);
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

    private void container(Container container) {
        String place = container.place();
        JsonNode security = container.node().path("securityContext");
        expect(place, security, "/runAsNonRoot", "true");
        expect(place, security, "/readOnlyRootFilesystem", "true");
        expect(place, security, "/allowPrivilegeEscalation", "false");
        expect(place, security, "/seccompProfile/type", "RuntimeDefault");
        expect(place, security, "/capabilities", "{\"drop\":[\"ALL\"]}");
        if (security.path("privileged").asBoolean()) {
            add(place, "is privileged");
        }
        for (String amount : List.of("/requests/cpu", "/requests/memory", "/limits/memory")) {
            if (container.node().at("/resources" + amount).isMissingNode()) {
                add(place, "has no resources" + amount);
            }
        }
        temporaryFolder(place, container);
        image(place, container.node().path("image").asText());
        container.env().forEach(variable -> secret(place, variable));
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
        boolean secret = SECRET.matcher(name).find() && !OPEN.contains(name);
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
