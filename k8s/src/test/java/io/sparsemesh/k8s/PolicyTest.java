package io.sparsemesh.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
                        Flows::complaints,
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
        assertThat(RENDERED.kind("NetworkPolicy")).hasSize(11);
    }

    @Test
    void theRulesAreThoseOfDeploy() {
        assertThat(Repository.read("k8s/sparsemesh/files/rules.yml"))
                .isEqualTo(Repository.read("deploy/prometheus/rules.yml"));
        assertThat(RENDERED.get("PrometheusRule", "sparsemesh").path("spec"))
                .isEqualTo(Yaml.one(Repository.read("deploy/prometheus/rules.yml")));
    }

    static Stream<Spoiled> spoiled() {
        return Stream.of(
                        PodSpoilers.all(),
                        PlaceSpoilers.all(),
                        ScalingSpoilers.all(),
                        FlowSpoilers.all(),
                        KafkaSpoilers.all())
                .flatMap(part -> part);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("spoiled")
    void whatIsSpoiledIsComplainedOf(Spoiled spoiled) {
        Manifests copy = RENDERED.copy();

        spoiled.spoiler().accept(copy);

        assertThat(complaints(copy)).anyMatch(found -> found.contains(spoiled.complaint()));
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
