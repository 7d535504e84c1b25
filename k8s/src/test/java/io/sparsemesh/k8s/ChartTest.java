package io.sparsemesh.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.LintResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
                "scheduler.resources.limits.memory | null | memory",
            })
    void aValueThatCannotBeRightIsRefusedByName(String key, String value, String message) {
        Object set =
                switch (value) {
                    case "true" -> true;
                    case "false" -> false;
                    case "3", "10" -> Integer.parseInt(value);
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

        assertThat(plain.without("Job", "sparsemesh-migrations")).isEqualTo(hooked);
        assertThat(plain.kind("Job")).hasSize(1);
        assertThat(Repository.read("k8s/sparsemesh/templates/migrations.yaml"))
                .contains("helm.sh/hook: pre-install,pre-upgrade");
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
