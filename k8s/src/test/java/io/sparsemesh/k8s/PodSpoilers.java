package io.sparsemesh.k8s;

import static io.sparsemesh.k8s.Spoiled.container;
import static io.sparsemesh.k8s.Spoiled.object;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;

/// Pods that are not what they have to be.
final class PodSpoilers {

    private PodSpoilers() {}

    static Stream<Spoiled> all() {
        return Stream.of(variables(), unknown(), required(), pods(), hardening(), life())
                .flatMap(part -> part);
    }

    private static Stream<Spoiled> variables() {
        return Stream.of(
                Spoiled.of(
                        "SPARSEMESH_TYPO is read by nothing of gateway",
                        m ->
                                ((ArrayNode) container(m, "gateway").path("env"))
                                        .addObject()
                                        .put("name", "SPARSEMESH_TYPO")
                                        .put("value", "1")),
                Spoiled.of(
                        "SPARSEMESH_ROOT_KEY is read by nothing of scheduler",
                        m ->
                                ((ArrayNode) container(m, "scheduler").path("env"))
                                        .addObject()
                                        .put("name", "SPARSEMESH_ROOT_KEY")),
                Spoiled.of(
                        "KAFKA_SASL_TYPO is read by nothing",
                        m ->
                                ((ArrayNode) container(m, "evaluator").path("env"))
                                        .addObject()
                                        .put("name", "KAFKA_SASL_TYPO")),
                Spoiled.of(
                        "SPARSEMESH_ROOT_KEY in the clear",
                        m ->
                                ((ArrayNode) container(m, "gateway").path("env"))
                                        .addObject()
                                        .put("name", "SPARSEMESH_ROOT_KEY")
                                        .put("value", "0123")));
    }

    private static Stream<Spoiled> pods() {
        return Stream.of(
                Spoiled.of(
                        "port management: declared 9999",
                        m ->
                                object(container(m, "gateway"), "/ports/1")
                                        .put("containerPort", 9999)),
                Spoiled.of(
                        "unknown field livenesProbe",
                        m -> container(m, "gateway").putObject("livenesProbe")),
                Spoiled.of(
                        "livenessProbe: expected /q/health/live",
                        m ->
                                object(container(m, "gateway"), "/livenessProbe/httpGet")
                                        .put("path", "/q/health/ready")),
                Spoiled.of(
                        "/readOnlyRootFilesystem: expected true, found false",
                        m ->
                                object(container(m, "evaluator"), "/securityContext")
                                        .put("readOnlyRootFilesystem", false)),
                Spoiled.of(
                        "/capabilities: expected {\"drop\":[\"ALL\"]}",
                        m ->
                                object(container(m, "evaluator"), "/securityContext/capabilities")
                                        .putArray("add")
                                        .add("NET_ADMIN")),
                Spoiled.of(
                        "/runAsNonRoot: expected true, found nothing",
                        m ->
                                object(m.workload("gateway").pod(), "/securityContext")
                                        .remove("runAsNonRoot")),
                Spoiled.of(
                        "/seccompProfile/type: expected RuntimeDefault",
                        m ->
                                object(m.workload("migrations").pod(), "/securityContext")
                                        .remove("seccompProfile")),
                Spoiled.of(
                        "has no resources/limits/memory",
                        m ->
                                object(container(m, "scheduler"), "/resources/limits")
                                        .remove("memory")),
                Spoiled.of(
                        "has the image sparsemesh/gateway:latest",
                        m -> container(m, "gateway").put("image", "sparsemesh/gateway:latest")),
                Spoiled.of(
                        "has no emptyDir at /tmp",
                        m -> ((ArrayNode) container(m, "gateway").path("volumeMounts")).remove(0)),
                Spoiled.of(
                        "SPARSEMESH_STORE=/store is no volume",
                        m ->
                                Spoiled.variable(m, "scheduler", "SPARSEMESH_STORE")
                                        .put("value", "/store")),
                Spoiled.of(
                        "maxSurge: expected 0, found 1",
                        m ->
                                object(
                                                m.workload("layer-worker").resource(),
                                                "/spec/strategy/rollingUpdate")
                                        .put("maxSurge", 1)),
                Spoiled.of(
                        "drains for 570s of the 30 s it gets",
                        m ->
                                ((ObjectNode) m.workload("evaluator").pod())
                                        .put("terminationGracePeriodSeconds", 30)),
                Spoiled.of(
                        "is not spread",
                        m ->
                                ((ObjectNode) m.workload("gateway").pod())
                                        .remove("topologySpreadConstraints")));
    }

    private static Stream<Spoiled> hardening() {
        return Stream.of(
                Spoiled.pod(
                        "mounts the host's",
                        "scheduler",
                        "/volumes/0",
                        v -> v.putObject("hostPath").put("path", "/")),
                Spoiled.pod("shares hostNetwork", "gateway", "", p -> p.put("hostNetwork", true)),
                Spoiled.pod("shares hostPID", "gateway", "", p -> p.put("hostPID", true)),
                Spoiled.pod("shares hostIPC", "gateway", "", p -> p.put("hostIPC", true)),
                Spoiled.pod(
                        "runs as user 0",
                        "gateway",
                        "/securityContext",
                        c -> c.put("runAsUser", 0)),
                Spoiled.pod(
                        "/automountServiceAccountToken: expected false, found nothing",
                        "migrations",
                        "",
                        p -> p.remove("automountServiceAccountToken")),
                Spoiled.pod(
                        "/enableServiceLinks: expected false, found true",
                        "gateway",
                        "",
                        p -> p.put("enableServiceLinks", true)),
                Spoiled.container(
                        "is privileged",
                        "gateway",
                        "/securityContext",
                        c -> c.put("privileged", true)),
                Spoiled.container(
                        "container gateway: runs as user 0",
                        "gateway",
                        "/securityContext",
                        c -> c.put("runAsUser", 0)),
                Spoiled.container(
                        "container gateway: /runAsNonRoot: expected true",
                        "gateway",
                        "/securityContext",
                        c -> c.put("runAsNonRoot", false)),
                Spoiled.container(
                        "container gateway: /seccompProfile/type: expected RuntimeDefault",
                        "gateway",
                        "/securityContext",
                        c -> c.putObject("seccompProfile").put("type", "Unconfined")),
                Spoiled.container(
                        "/allowPrivilegeEscalation: expected false, found nothing",
                        "gateway",
                        "/securityContext",
                        c -> c.remove("allowPrivilegeEscalation")),
                Spoiled.container(
                        "has no resources/requests/cpu",
                        "gateway",
                        "/resources/requests",
                        r -> r.remove("cpu")),
                Spoiled.container(
                        "has no resources/requests/memory",
                        "gateway",
                        "/resources/requests",
                        r -> r.remove("memory")),
                Spoiled.container(
                        "has the image sparsemesh/gateway, expected a version",
                        "gateway",
                        "",
                        c -> c.put("image", "sparsemesh/gateway")));
    }

    private static Stream<Spoiled> life() {
        return Stream.of(
                Spoiled.container(
                        "startupProbe: expected /q/health/live",
                        "gateway",
                        "",
                        c -> c.remove("startupProbe")),
                Spoiled.container(
                        "readinessProbe: expected /q/health/ready",
                        "layer-worker",
                        "/readinessProbe/httpGet",
                        p -> p.put("path", "/q/health")),
                Spoiled.container(
                        "livenessProbe: expected /q/health/live of management",
                        "gateway",
                        "/livenessProbe/httpGet",
                        p -> p.put("port", "http")),
                Spoiled.resource(
                        "may drain for longer than progressDeadlineSeconds",
                        "Deployment",
                        "layer-worker",
                        "/spec",
                        s -> s.remove("progressDeadlineSeconds")),
                Spoiled.resource(
                        "maxUnavailable: expected 1, found 0",
                        "PodDisruptionBudget",
                        "gateway",
                        "/spec",
                        s -> s.put("maxUnavailable", 0)),
                Spoiled.resource(
                        "has no PodDisruptionBudget",
                        "PodDisruptionBudget",
                        "evaluator",
                        "/spec/selector/matchLabels",
                        l -> l.put("app.kubernetes.io/component", "typo")),
                Spoiled.resource(
                        "port web is none of gateway",
                        "Service",
                        "gateway",
                        "/spec/ports/0",
                        p -> p.put("targetPort", "web")),
                Spoiled.resource(
                        "expected /q/metrics of management",
                        "ServiceMonitor",
                        "",
                        "/spec/endpoints/0",
                        e -> e.put("path", "/metrics")));
    }

    private static Stream<Spoiled> unknown() {
        return Stream.of(
                Spoiled.of(
                        "/elsewhere/ca.crt lies in no volume",
                        m ->
                                Spoiled.variable(m, "gateway", "KAFKA_SSL_TRUSTSTORE_LOCATION")
                                        .put("value", "/elsewhere/ca.crt")),
                Spoiled.container(
                        "runs no service of this project: nothing",
                        "gateway",
                        "",
                        c -> c.put("image", "sparsemesh/nothing:1")),
                Spoiled.resource(
                        "unknown type v1/Gateway",
                        "Service",
                        "gateway",
                        "",
                        s -> s.put("kind", "Gateway")),
                Spoiled.resource(
                        "Deployment sparsemesh-gateway: Cannot deserialize",
                        "Deployment",
                        "gateway",
                        "/spec",
                        d -> d.put("replicas", "many")));
    }

    private static Stream<Spoiled> required() {
        return Stream.of(
                        "gateway SPARSEMESH_KAFKA_BOOTSTRAP",
                        "gateway SPARSEMESH_AUTH",
                        "gateway SPARSEMESH_DB_URL",
                        "gateway SPARSEMESH_ROOTS",
                        "scheduler SPARSEMESH_STORE",
                        "scheduler SPARSEMESH_MANAGEMENT_HOST",
                        "scheduler SPARSEMESH_DB_PASSWORD",
                        "layer-worker SPARSEMESH_STORE",
                        "layer-worker KAFKA_SASL_JAAS_CONFIG",
                        "evaluator SPARSEMESH_DEVICE",
                        "evaluator KAFKA_SECURITY_PROTOCOL",
                        "migrations SPARSEMESH_MIGRATE_ONLY")
                .map(each -> each.split(" "))
                .map(
                        each ->
                                Spoiled.of(
                                        "lacks " + each[1],
                                        m -> Spoiled.remove(m, each[0], each[1])));
    }
}
