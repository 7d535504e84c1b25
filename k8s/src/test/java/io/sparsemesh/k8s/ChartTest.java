package io.sparsemesh.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.LintResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ChartTest {

    static final String KIND = "values-kind.yaml";
    static final String GPU = "values-gpu.yaml";
    static final String S3 = "values-s3.yaml";

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {KIND, GPU, S3})
    void lintHasNothingToSayOfAnyValuesFile(String values) throws IOException {
        LintResult result = Chart.lint(folder, values);

        assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
        assertThat(result.getMessages())
                .allMatch(message -> message.contains("icon is recommended"));
    }

    @Test
    void lintNoticesAnUnknownField() throws IOException {
        Chart.copyTo(folder);
        Path chart = folder.resolve("Chart.yaml");
        Files.writeString(chart, Files.readString(chart).replace("appVersion: ", "version: x"));

        assertThat(new com.marcnuri.helm.Helm(folder).lint().strict().call().isFailed()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gateway.replica | 3 | additional properties 'replica' not allowed",
                "layer-worker.device | tpu | value must be one of",
                "image.tag | latest | tag",
                "image.requireDigests | true | image.digests.",
                "image.digests.gateway | sha256:1234 | does not match pattern",
                "database.existingSecret | '' | database.existingSecret: expected the name of a Secret",
                "database.url | '' | database.url: expected jdbc:postgresql",
                "auth.existingSecret | '' | auth: expected existingSecret with a root key, or oidc.url",
                "strimzi.enabled | false | kafka.bootstrap: expected host:port, or strimzi.enabled",
                "layer-worker.device | cuda | layer-worker.gpus: expected 1 with device cuda",
                "drainSeconds | 10 | drainSeconds",
                "kafka.bootstrap | kafka | does not match pattern",
                "database.url | jdbc:mysql://db/x | does not match pattern",
                "auth.oidc.url | jdbc:postgresql://db:5432/x | does not match pattern",
                "auth.oidc.url | http://login.example.com | does not match pattern",
                "mlflow.url | mlflow:5000 | does not match pattern",
                "traceEndpoint | collector:4318 | does not match pattern",
                "networkPolicy.kafkaPort | 3 | additional properties 'kafkaPort' not allowed",
                "autoscaling.cooldown | 10 | cooldown",
                "autoscaling.fallback.replicas | 0 | replicas",
                "scheduler.resources.limits.memory | null | memory",
            })
    void aValueThatCannotBeRightIsRefusedByName(String key, String value, String message) {
        Object set =
                switch (value) {
                    case "true" -> true;
                    case "false" -> false;
                    case "0", "3", "10" -> Integer.parseInt(value);
                    default -> value;
                };

        assertThatThrownBy(() -> Chart.render(KIND, Map.of(key, set)))
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "volumes.store.existingClaim | claim | /volumes/store/existingClaim",
                "store.s3.bucket | '' | /store/s3/bucket",
                "store.s3.bucket | s3://mesh | does not match pattern",
                "store.s3.prefix | /artifacts/ | does not match pattern",
                "store.s3.cache.sizes.layer-worker | 64G | does not match pattern",
                "store.s3.cache.sizes.layer-worker | 3Gi | does not match pattern",
                "s3.region | '' | s3.region: expected that of the buckets, or s3.endpoint",
                "s3.endpoint | s3.example.com | does not match pattern",
                "s3.existingSecrets.migrations | x | additional properties 'migrations' not allowed",
                "sources.enabled | false | /sources/enabled",
                "volumes.data.existingClaim | '' | /volumes/data/existingClaim",
            })
    void aPlaceInS3ThatCannotBeRightIsRefusedByName(String key, String value, String message) {
        Object set = value.equals("false") ? false : value;

        assertThatThrownBy(() -> Chart.render(S3, Map.of(key, set))).hasMessageContaining(message);
    }

    @Test
    void artifactsInS3NeedNoVolumeThatIsWrittenByManyAndEachServiceOnlyItsCredentials() {
        Manifests rendered = Manifests.of(Chart.render(S3));

        assertThat(rendered.kind("PersistentVolumeClaim")).isEmpty();
        for (String service : List.of("scheduler", "layer-worker")) {
            var container = rendered.workload(service).containers().findFirst().orElseThrow();
            assertThat(container.env("SPARSEMESH_STORE"))
                    .isEqualTo("s3://sparsemesh-mesh/artifacts");
        }
        assertThat(secretOf(rendered, "scheduler")).isEqualTo("sparsemesh-s3-artifacts");
        assertThat(secretOf(rendered, "gateway")).isEqualTo("sparsemesh-s3-reader");
    }

    private static String secretOf(Manifests rendered, String service) {
        return rendered.workload(service)
                .containers()
                .flatMap(container -> container.env())
                .filter(each -> each.path("name").asText().equals("AWS_SECRET_ACCESS_KEY"))
                .map(each -> each.at("/valueFrom/secretKeyRef/name").asText())
                .findFirst()
                .orElse("");
    }

    /// Without a Secret, the account's identity counts: nothing else may come before it.
    @Test
    void anAccountsIdentityStandsInForASecret() {
        String role = "arn:aws:iam::123456789012:role/mesh";
        String annotation = "serviceAccounts.scheduler.annotations.eks\\.amazonaws\\.com/role-arn";

        Manifests rendered =
                Manifests.of(
                        Chart.render(
                                S3, Map.of("s3.existingSecrets.scheduler", "", annotation, role)));

        assertThat(secretOf(rendered, "scheduler")).isEmpty();
        assertThat(
                        rendered.get("ServiceAccount", "sparsemesh-scheduler")
                                .at("/metadata/annotations/eks.amazonaws.com~1role-arn")
                                .asText())
                .isEqualTo(role);
        assertThat(rendered.get("ServiceAccount", "sparsemesh-gateway").at("/metadata/annotations"))
                .isEmpty();
    }

    @Test
    void aCacheOfAStorageClassComesAndGoesWithItsPod() {
        Manifests rendered =
                Manifests.of(Chart.render(S3, Map.of("store.s3.cache.storageClass", "local-nvme")));

        JsonNode volume = rendered.workload("layer-worker").pod().path("volumes").path(1);
        assertThat(volume.path("name").asText()).isEqualTo("store-cache");
        JsonNode claim = volume.at("/ephemeral/volumeClaimTemplate/spec");
        assertThat(claim.path("storageClassName").asText()).isEqualTo("local-nvme");
        assertThat(claim.at("/resources/requests/storage").asText()).isEqualTo("64Gi");
    }

    /// A policy that does not let a service to an address of its own would be found out late.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kafka.bootstrap | a:9094,b:9094,10.1.2.3:9095 | services-to-kafka | 9094 9095",
                "kafka.bootstrap | [fd00::1]:19092 | services-to-kafka | 19092",
                "database.url | jdbc:postgresql://db/mesh?ssl=true | state-to-database | 5432",
                "database.url | jdbc:postgresql://a:6432,b:6433/mesh?x=http://c:1/ | state-to-database | 6432 6433",
                "auth.oidc.url | https://login.example.com:8443/realms/ml | gateway-to-providers | 8443",
                "auth.oidc.url | https://login.example.com | gateway-to-providers | 443",
                "mlflow.url | http://mlflow.example.org:5000 | gateway-to-providers | 5000",
                "mlflow.url | http://mlflow.example.org/a:b | gateway-to-providers | 80",
                "traceEndpoint | http://collector:14318/v1 | services-to-collector | 14318",
                "traceEndpoint | https://collector.example.org | services-to-collector | 443",
            })
    void policiesOpenThePortsOfTheAddresses(String key, String value, String flow, String ports) {
        Map<String, Object> values = new HashMap<>();
        values.put("strimzi.enabled", false);
        values.put("kafka.bootstrap", "kafka:9092");
        values.put(key, value);

        Manifests rendered = Manifests.of(Chart.render(KIND, values));

        assertThat(
                        Manifests.items(
                                        rendered.get("NetworkPolicy", "sparsemesh-" + flow)
                                                .at("/spec/egress/0/ports"))
                                .map(port -> port.path("port").asText()))
                .containsExactly(ports.split(" "));
        assertThat(Flows.complaints(rendered)).isEmpty();
    }

    @Test
    void anIdentityProviderAndMlflowAtTwoPortsAreBothReached() {
        Manifests rendered =
                Manifests.of(
                        Chart.render(
                                GPU, Map.of("auth.oidc.url", "https://login.example.com:8443")));

        assertThat(
                        rendered.get("NetworkPolicy", "sparsemesh-gateway-to-providers")
                                .at("/spec/egress/0/ports")
                                .findValuesAsText("port"))
                .containsExactly("8443", "443");
    }

    @Test
    void topicsElsewhereHaveAsManyReplicasAsAreAskedFor() {
        Map<String, ?> elsewhere =
                Map.of(
                        "strimzi.enabled",
                        false,
                        "kafka.bootstrap",
                        "kafka:9092",
                        "kafka.replication",
                        5);

        assertThat(replication(Chart.render(KIND, elsewhere))).isEqualTo("5");
        assertThat(replication(Chart.render(GPU, Map.of("strimzi.brokers", 5)))).isEqualTo("3");
        assertThat(replication(Chart.render(KIND))).isEqualTo("1");
    }

    private static String replication(String rendered) {
        return Manifests.of(rendered)
                .workload("scheduler")
                .containers()
                .findFirst()
                .orElseThrow()
                .env("SPARSEMESH_KAFKA_REPLICATION");
    }

    @Test
    void aDigestGoesBeforeTheTag() {
        String digest = "sha256:" + "0123456789abcdef".repeat(4);

        Manifests rendered =
                Manifests.of(Chart.render(KIND, Map.of("image.digests.scheduler", digest)));

        assertThat(
                        rendered.workload("scheduler")
                                .containers()
                                .map(container -> container.node().path("image").asText()))
                .containsExactly("sparsemesh/scheduler@" + digest);
    }

    @Test
    void migrationsAreAHookThatRunsBeforeEverythingElse() {
        Manifests plain = Manifests.of(Chart.render(KIND));
        Manifests hooked =
                Manifests.of(
                        Chart.withHooks().withValuesFile(Repository.path("k8s/" + KIND)).call());

        assertThat(plain.without("Job", jobName(plain))).isEqualTo(hooked);
        assertThat(plain.kind("Job")).hasSize(1);
        assertThat(Repository.read("k8s/sparsemesh/templates/migrations.yaml"))
                .contains("helm.sh/hook: pre-install,pre-upgrade");
    }

    /// What a Job runs cannot be changed, so a changed one has to be another one.
    @Test
    void migrationsThatAreNoHookHaveANameForWhatTheyRun() {
        String first = jobName(Manifests.of(Chart.render(KIND)));

        assertThat(first).matches("sparsemesh-migrations-[0-9a-f]{8}");
        assertThat(jobName(Manifests.of(Chart.render(KIND)))).isEqualTo(first);
        assertThat(jobName(Manifests.of(Chart.render(KIND, Map.of("image.tag", "1.2.3")))))
                .isNotEqualTo(first);
    }

    private static String jobName(Manifests rendered) {
        return rendered.kind("Job").map(Manifests::name).findFirst().orElseThrow();
    }

    @Test
    void aGpuWorkerAsksForOneGpuWhereThereAreSome() {
        var worker = Manifests.of(Chart.render(GPU)).workload("layer-worker");
        var container = worker.containers().findFirst().orElseThrow();

        assertThat(container.node().at("/resources/limits/nvidia.com~1gpu").asInt()).isEqualTo(1);
        assertThat(container.env("SPARSEMESH_DEVICE")).isEqualTo("cuda");
        assertThat(container.node().path("image").asText()).endsWith("-gpu");
        assertThat(worker.pod().path("nodeSelector").isEmpty()).isFalse();
        assertThat(worker.pod().at("/tolerations/0/key").asText()).isEqualTo("nvidia.com/gpu");
    }

    @Test
    void withoutAutoscalingDeploymentsHaveReplicas() {
        Manifests rendered = Manifests.of(Chart.render(KIND, Map.of("autoscaling.enabled", false)));

        assertThat(rendered.kind("ScaledObject")).isEmpty();
        assertThat(rendered.workload("layer-worker").resource().at("/spec/replicas").asInt())
                .isEqualTo(2);
    }
}
