package io.sparsemesh.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every check on what the chart renders, and that each complains when it should.
final class PolicyTest {

    private static final Map<String, ?> EVERYTHING =
            Map.ofEntries(
                    Map.entry("gateway.ingress.enabled", true),
                    Map.entry("gateway.ingress.host", "sparsemesh.example.com"),
                    Map.entry("gateway.ingress.tlsSecret", "certificate"),
                    Map.entry("webhooks.existingSecret", "webhooks"),
                    Map.entry("webhooks.hosts[0]", "hooks.example.com"),
                    Map.entry("retention", "30d"),
                    Map.entry("traceEndpoint", "http://collector:4318"),
                    Map.entry("auth.oidc.url", "https://login.example.com/realms/ml"),
                    Map.entry("auth.quota.jobs", 4),
                    Map.entry("auth.quota.callsPerMinute", 600),
                    Map.entry("sources.buckets[0]", "models"),
                    Map.entry("sources.bucketSecret", "buckets"),
                    Map.entry("sources.s3Endpoint", "https://s3.example.com"),
                    Map.entry("sources.s3Region", "eu-central-1"),
                    Map.entry("sources.s3PathStyle", true),
                    Map.entry("layer-worker.runtimeClassName", "nvidia"));

    private static final Manifests RENDERED = Manifests.of(Chart.render(ChartTest.GPU, EVERYTHING));

    private static List<String> complaints(Manifests manifests) {
        return Stream.<Function<Manifests, List<String>>>of(
                        Schemas::complaints,
                        Hardening::complaints,
                        Operation::complaints,
                        Consistency::complaints)
                .flatMap(check -> check.apply(manifests).stream())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {ChartTest.KIND, ChartTest.GPU})
    void nothingIsWrongWithWhatAnyValuesFileRenders(String values) {
        assertThat(complaints(Manifests.of(Chart.render(values)))).isEmpty();
    }

    @Test
    void norWithEveryOptionTogether() {
        assertThat(complaints(RENDERED)).isEmpty();
        assertThat(RENDERED.kind("Ingress")).hasSize(1);
    }

    @Test
    void norWithKafkaFromElsewhere() {
        Manifests rendered =
                Manifests.of(
                        Chart.render(
                                ChartTest.KIND,
                                Map.ofEntries(
                                        Map.entry("strimzi.enabled", false),
                                        Map.entry("kafka.bootstrap", "kafka:9092"),
                                        Map.entry("kafka.login.enabled", true),
                                        Map.entry("kafka.login.caSecret", "kafka-ca"),
                                        Map.entry("kafka.login.existingSecrets.gateway", "a"),
                                        Map.entry("kafka.login.existingSecrets.scheduler", "b"),
                                        Map.entry("kafka.login.existingSecrets.layer-worker", "c"),
                                        Map.entry("kafka.login.existingSecrets.evaluator", "d"))));

        assertThat(complaints(rendered)).isEmpty();
        assertThat(rendered.kind("Kafka")).isEmpty();
    }

    @Test
    void everyServiceHasADeploymentAndEveryFlowIsRendered() {
        assertThat(RENDERED.kind("Deployment").map(Manifests::name))
                .containsExactlyInAnyOrderElementsOf(
                        Services.ALL.stream().map(service -> "sparsemesh-" + service).toList());
        assertThat(RENDERED.kind("NetworkPolicy").map(Manifests::name))
                .containsAll(Operation.FLOWS.stream().map(flow -> "sparsemesh-" + flow).toList());
    }

    @Test
    void theRulesAreThoseOfDeploy() {
        assertThat(Repository.read("k8s/sparsemesh/files/rules.yml"))
                .isEqualTo(Repository.read("deploy/prometheus/rules.yml"));
        assertThat(RENDERED.get("PrometheusRule", "sparsemesh").path("spec"))
                .isEqualTo(Yaml.one(Repository.read("deploy/prometheus/rules.yml")));
    }

    /// Spoils a copy of what was rendered.
    private interface Spoiler {
        void spoil(Manifests manifests);
    }

    private static Arguments spoiled(String complaint, Spoiler spoiler) {
        return Arguments.of(complaint, spoiler);
    }

    private static ObjectNode container(Manifests manifests, String component) {
        return (ObjectNode)
                manifests.workload(component).containers().findFirst().orElseThrow().node();
    }

    private static ObjectNode object(JsonNode resource, String pointer) {
        return (ObjectNode) resource.at(pointer);
    }

    static Stream<Arguments> spoilers() {
        return Stream.of(variables(), pods(), outsidePods()).flatMap(part -> part);
    }

    private static Stream<Arguments> variables() {
        return Stream.of(
                spoiled(
                        "SPARSEMESH_TYPO is read by nothing of gateway",
                        m ->
                                ((ArrayNode) container(m, "gateway").path("env"))
                                        .addObject()
                                        .put("name", "SPARSEMESH_TYPO")
                                        .put("value", "1")),
                spoiled(
                        "SPARSEMESH_ROOT_KEY is read by nothing of scheduler",
                        m ->
                                ((ArrayNode) container(m, "scheduler").path("env"))
                                        .addObject()
                                        .put("name", "SPARSEMESH_ROOT_KEY")),
                spoiled(
                        "KAFKA_SASL_TYPO is read by nothing",
                        m ->
                                ((ArrayNode) container(m, "evaluator").path("env"))
                                        .addObject()
                                        .put("name", "KAFKA_SASL_TYPO")),
                spoiled(
                        "SPARSEMESH_ROOT_KEY in the clear",
                        m ->
                                ((ArrayNode) container(m, "gateway").path("env"))
                                        .addObject()
                                        .put("name", "SPARSEMESH_ROOT_KEY")
                                        .put("value", "0123")));
    }

    private static Stream<Arguments> pods() {
        return Stream.of(
                spoiled(
                        "port management: declared 9999",
                        m ->
                                object(container(m, "gateway"), "/ports/1")
                                        .put("containerPort", 9999)),
                spoiled(
                        "unknown field livenesProbe",
                        m -> container(m, "gateway").putObject("livenesProbe")),
                spoiled(
                        "livenessProbe: expected /q/health/live",
                        m ->
                                object(container(m, "gateway"), "/livenessProbe/httpGet")
                                        .put("path", "/q/health/ready")),
                spoiled(
                        "/readOnlyRootFilesystem: expected true, found false",
                        m ->
                                object(container(m, "evaluator"), "/securityContext")
                                        .put("readOnlyRootFilesystem", false)),
                spoiled(
                        "/capabilities: expected {\"drop\":[\"ALL\"]}",
                        m ->
                                object(container(m, "evaluator"), "/securityContext/capabilities")
                                        .putArray("add")
                                        .add("NET_ADMIN")),
                spoiled(
                        "/runAsNonRoot: expected true, found nothing",
                        m ->
                                object(m.workload("gateway").pod(), "/securityContext")
                                        .remove("runAsNonRoot")),
                spoiled(
                        "/seccompProfile/type: expected RuntimeDefault",
                        m ->
                                object(m.workload("migrations").pod(), "/securityContext")
                                        .remove("seccompProfile")),
                spoiled(
                        "has no resources/limits/memory",
                        m ->
                                object(container(m, "scheduler"), "/resources/limits")
                                        .remove("memory")),
                spoiled(
                        "has the image sparsemesh/gateway:latest",
                        m -> container(m, "gateway").put("image", "sparsemesh/gateway:latest")),
                spoiled(
                        "has no emptyDir at /tmp",
                        m -> ((ArrayNode) container(m, "gateway").path("volumeMounts")).remove(0)),
                spoiled(
                        "SPARSEMESH_STORE=/store is no volume",
                        m ->
                                object(container(m, "scheduler"), "/volumeMounts/1")
                                        .put("mountPath", "/x")),
                spoiled(
                        "maxSurge: expected 0, found 1",
                        m ->
                                object(
                                                m.workload("layer-worker").resource(),
                                                "/spec/strategy/rollingUpdate")
                                        .put("maxSurge", 1)),
                spoiled(
                        "drains for 570s of the 30 s it gets",
                        m ->
                                ((ObjectNode) m.workload("evaluator").pod())
                                        .put("terminationGracePeriodSeconds", 30)),
                spoiled(
                        "is not spread",
                        m ->
                                ((ObjectNode) m.workload("gateway").pod())
                                        .remove("topologySpreadConstraints")));
    }

    private static Stream<Arguments> outsidePods() {
        return Stream.of(
                spoiled(
                        "the scheduler serves no /internal/v2/autoscaling",
                        m ->
                                trigger(m)
                                        .put(
                                                "url",
                                                "http://sparsemesh-scheduler.x:9081/internal/v2/autoscaling")),
                spoiled(
                        "which no Service serves",
                        m ->
                                trigger(m)
                                        .put(
                                                "url",
                                                "http://sparsemesh-scheduler.x:8081/internal/v1/autoscaling")),
                spoiled("the answer has no wanted", m -> trigger(m).put("valueLocation", "wanted")),
                spoiled("unknown field urls", m -> trigger(m).put("urls", "x")),
                spoiled(
                        "starts up to 99",
                        m ->
                                object(m.get("ScaledObject", "sparsemesh-layer-worker"), "/spec")
                                        .put("maxReplicaCount", 99)),
                spoiled(
                        "no service has the metric sparsemesh_typo",
                        m ->
                                object(
                                                m.get("PrometheusRule", "sparsemesh"),
                                                "/spec/groups/0/rules/0")
                                        .put("expr", "sum(sparsemesh_typo)")),
                spoiled(
                        "KafkaTopic: expected",
                        m ->
                                object(m.get("KafkaTopic", "sparsemesh-results"), "/spec")
                                        .put("partitions", 3)),
                spoiled(
                        "there is no topic sparsemesh.typo",
                        m ->
                                object(
                                                m.get("KafkaUser", "sparsemesh-gateway"),
                                                "/spec/authorization/acls/0/resource")
                                        .put("name", "sparsemesh.typo")),
                spoiled(
                        "unknown field partition",
                        m ->
                                object(m.get("KafkaTopic", "sparsemesh-results"), "/spec")
                                        .put("partition", 3)),
                spoiled(
                        "unknown field intervall",
                        m ->
                                object(m.get("ServiceMonitor", "sparsemesh"), "/spec/endpoints/0")
                                        .put("intervall", "1s")),
                spoiled(
                        "lets something through",
                        m ->
                                object(m.get("NetworkPolicy", "sparsemesh-deny-all"), "/spec")
                                        .putArray("egress")
                                        .addObject()),
                spoiled(
                        "is no known flow",
                        m ->
                                object(m.get("NetworkPolicy", "sparsemesh-all-to-dns"), "/metadata")
                                        .put("name", "sparsemesh-all-to-all")),
                spoiled(
                        "opens every port",
                        m ->
                                object(
                                                m.get("NetworkPolicy", "sparsemesh-all-to-dns"),
                                                "/spec/egress/0")
                                        .remove("ports")));
    }

    private static ObjectNode trigger(Manifests manifests) {
        return object(
                manifests.get("ScaledObject", "sparsemesh-layer-worker"),
                "/spec/triggers/0/metadata");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("spoilers")
    void whatIsSpoiledIsComplainedOf(String complaint, Spoiler spoiler) {
        Manifests copy = RENDERED.copy();

        spoiler.spoil(copy);

        assertThat(complaints(copy)).anyMatch(found -> found.contains(complaint));
    }

    @Test
    void whatIsMissingOrTooMuchIsComplainedOf() {
        assertThat(complaints(RENDERED.without("PodDisruptionBudget", "sparsemesh-gateway")))
                .containsExactly("Deployment gateway: has no PodDisruptionBudget");
        assertThat(complaints(RENDERED.without("NetworkPolicy", "sparsemesh-deny-all")))
                .containsExactly("NetworkPolicy: nothing is denied");
        assertThat(
                        complaints(
                                RENDERED.with(
                                        Yaml.one(
                                                "{apiVersion: v1, kind: Secret, metadata: {name: x}}"))))
                .contains("x: is a Secret of the chart");
    }
}
