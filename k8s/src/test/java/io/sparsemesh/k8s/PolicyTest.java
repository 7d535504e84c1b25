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
                    Map.entry("store.s3.bucket", "mesh"),
                    Map.entry("s3.endpoint", "https://s3.example.com:9443"),
                    Map.entry("s3.region", "eu-central-1"),
                    Map.entry("s3.pathStyle", true),
                    Map.entry("s3.existingSecrets.gateway", "a"),
                    Map.entry("s3.existingSecrets.scheduler", "b"),
                    Map.entry("s3.existingSecrets.layer-worker", "c"),
                    Map.entry("s3.existingSecrets.evaluator", "d"),
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
    @ValueSource(strings = {ChartTest.KIND, ChartTest.GPU, ChartTest.S3})
    void nothingIsWrongWithWhatAnyValuesFileRenders(String values) {
        assertThat(complaints(Manifests.of(Chart.render(values)))).isEmpty();
    }

    @Test
    void norWithEveryOptionTogether() {
        assertThat(complaints(RENDERED)).isEmpty();
        assertThat(RENDERED.kind("Ingress")).hasSize(1);
    }

    /// Artifacts alone in S3, models alone, and an address without a port, by either scheme.
    @Test
    void norWithS3ForOneThingOnly() {
        Map<String, ?> artifacts =
                Map.of("store.s3.bucket", "mesh", "s3.endpoint", "http://s3.example.com");
        Map<String, ?> models =
                Map.of(
                        "sources.enabled",
                        true,
                        "sources.buckets[0]",
                        "models",
                        "s3.region",
                        "eu",
                        "volumes.cache.shared",
                        false,
                        "volumes.cache.storageClass",
                        "fast");

        for (Map<String, ?> values : List.of(artifacts, models)) {
            Manifests rendered = Manifests.of(Chart.render(ChartTest.KIND, values));

            assertThat(complaints(rendered)).isEmpty();
            assertThat(rendered.get("NetworkPolicy", "sparsemesh-services-to-s3")).isNotNull();
        }
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
        return Stream.of(variables(), pods(), s3(), outsidePods()).flatMap(part -> part);
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
                        m -> variable(m, "scheduler", "SPARSEMESH_STORE").put("value", "/store")),
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

    private static Stream<Arguments> s3() {
        return Stream.of(
                spoiled(
                        "has AWS_REGION and nothing in S3",
                        m -> remove(m, "evaluator", "SPARSEMESH_BUCKETS")),
                spoiled(
                        "evaluator may reach S3 and has nothing there",
                        m -> remove(m, "evaluator", "SPARSEMESH_BUCKETS")),
                spoiled("scheduler may not reach S3", m -> s3Policy(m).removeAll().add("gateway")),
                spoiled(
                        "lets port 443 through, S3 is at https://s3.example.com:9443",
                        m ->
                                object(
                                                m.get("NetworkPolicy", "sparsemesh-services-to-s3"),
                                                "/spec/egress/0/ports/0")
                                        .put("port", 443)),
                spoiled(
                        "AWS_ACCESS_KEY_ID in the clear",
                        m -> variable(m, "scheduler", "AWS_ACCESS_KEY_ID").put("value", "AKIA")),
                spoiled(
                        "SPARSEMESH_STORE_CACHE=/elsewhere is no volume",
                        m ->
                                variable(m, "scheduler", "SPARSEMESH_STORE_CACHE")
                                        .put("value", "/elsewhere")),
                spoiled(
                        "SPARSEMESH_STORE_CACHE: expected a folder, found nothing",
                        m -> remove(m, "layer-worker", "SPARSEMESH_STORE_CACHE")),
                spoiled(
                        "SPARSEMESH_STORE_CACHE_MAX=64G does not fit into 64Gi",
                        m ->
                                variable(m, "layer-worker", "SPARSEMESH_STORE_CACHE_MAX")
                                        .put("value", "64G")),
                spoiled(
                        "SPARSEMESH_CACHE_MAX=400G does not fit into 250Gi",
                        m -> variable(m, "gateway", "SPARSEMESH_CACHE_MAX").put("value", "400G")),
                spoiled(
                        "artifacts lie at s3://other and s3://mesh",
                        m ->
                                variable(m, "layer-worker", "SPARSEMESH_STORE")
                                        .put("value", "s3://other")),
                spoiled(
                        "runs as sparsemesh-nobody, which is not there",
                        m ->
                                ((ObjectNode) m.workload("scheduler").pod())
                                        .put("serviceAccountName", "sparsemesh-nobody")));
    }

    private static ArrayNode s3Policy(Manifests manifests) {
        return (ArrayNode)
                manifests
                        .get("NetworkPolicy", "sparsemesh-services-to-s3")
                        .at("/spec/podSelector/matchExpressions/0/values");
    }

    private static ObjectNode variable(Manifests manifests, String component, String name) {
        return (ObjectNode)
                Manifests.items(container(manifests, component).path("env"))
                        .filter(each -> each.path("name").asText().equals(name))
                        .findFirst()
                        .orElseThrow();
    }

    private static void remove(Manifests manifests, String component, String name) {
        ArrayNode env = (ArrayNode) container(manifests, component).path("env");
        JsonNode found = variable(manifests, component, name);
        for (int i = env.size() - 1; i >= 0; i--) {
            if (env.get(i) == found) {
                env.remove(i);
            }
        }
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
        assertThat(
                        complaints(
                                RENDERED.with(
                                        Yaml.one(
                                                "{apiVersion: v1, kind: PersistentVolumeClaim,"
                                                        + " metadata: {name: sparsemesh-store}}"))))
                .containsExactly("PersistentVolumeClaim sparsemesh-store: is mounted by nobody");
    }
}
