package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.k8s.Manifests.Container;
import io.sparsemesh.k8s.Manifests.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Where files lie: all services name one place, caches fit into their volumes, claims are mounted,
/// and who has nothing in S3 has no credentials of it.
final class Storage {

    private static final String STORE_CACHE = "SPARSEMESH_STORE_CACHE";

    private final List<String> complaints = new ArrayList<>();
    private final Manifests manifests;

    private Storage(Manifests manifests) {
        this.manifests = manifests;
    }

    static List<String> complaints(Manifests manifests) {
        Storage check = new Storage(manifests);
        manifests.workloads().flatMap(Workload::containers).forEach(check::container);
        check.onePlace();
        manifests.kind("PersistentVolumeClaim").forEach(check::mounted);
        return check.complaints;
    }

    private void container(Container container) {
        if (!container.usesS3()) {
            container
                    .env()
                    .map(variable -> variable.path("name").asText())
                    .filter(
                            name ->
                                    name.startsWith("AWS_")
                                            || name.equals("SPARSEMESH_S3_PATH_STYLE"))
                    .forEach(
                            name ->
                                    add(
                                            container.place(),
                                            "has %s and nothing in S3".formatted(name)));
        }
        if (container.env("SPARSEMESH_STORE").startsWith("s3:")
                && container.env(STORE_CACHE).isEmpty()) {
            add(container.place(), STORE_CACHE + ": expected a folder, found nothing");
        }
        fits(container, STORE_CACHE);
        fits(container, "SPARSEMESH_CACHE");
    }

    /// More than what a cache may hold lies there for a while.
    private void fits(Container container, String folder) {
        String most = container.env(folder + "_MAX");
        String size = size(container, container.env(folder));
        if (!most.isEmpty() && !size.isEmpty() && bytes(most) >= bytes(size)) {
            add(container.place(), "%s_MAX=%s does not fit into %s".formatted(folder, most, size));
        }
    }

    /// Size of the volume at a folder; empty where the chart does not say it.
    private String size(Container container, String folder) {
        return Manifests.items(container.node().path("volumeMounts"))
                .filter(mount -> mount.path("mountPath").asText().equals(folder))
                .flatMap(
                        mount ->
                                Manifests.items(container.workload().pod().path("volumes"))
                                        .filter(v -> v.path("name").equals(mount.path("name"))))
                .map(this::size)
                .findFirst()
                .orElse("");
    }

    private String size(JsonNode volume) {
        String claim = volume.at("/persistentVolumeClaim/claimName").asText();
        return Stream.concat(
                        Stream.of(
                                volume.at("/emptyDir/sizeLimit"),
                                volume.at(
                                        "/ephemeral/volumeClaimTemplate/spec/resources/requests/storage")),
                        manifests
                                .kind("PersistentVolumeClaim")
                                .filter(each -> Manifests.name(each).equals(claim))
                                .map(each -> each.at("/spec/resources/requests/storage")))
                .map(JsonNode::asText)
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
    }

    /// The services' `G` is Kubernetes' `Gi`.
    private static long bytes(String text) {
        long number = Long.parseLong(text.replaceAll("\\D.*", ""));
        String unit = text.replaceAll("^\\d+", "").replace("i", "");
        return number << 10 * ("KMGT".indexOf(unit) + 1) * (unit.isEmpty() ? 0 : 1);
    }

    private void onePlace() {
        Set<String> places =
                manifests
                        .workloads()
                        .flatMap(Workload::containers)
                        .map(container -> container.env("SPARSEMESH_STORE"))
                        .filter(place -> !place.isEmpty())
                        .collect(Collectors.toCollection(TreeSet::new))
                        .descendingSet();
        if (places.size() > 1) {
            add("SPARSEMESH_STORE", "artifacts lie at " + String.join(" and ", places));
        }
    }

    private void mounted(JsonNode claim) {
        boolean used =
                manifests
                        .workloads()
                        .flatMap(workload -> Manifests.items(workload.pod().path("volumes")))
                        .map(volume -> volume.at("/persistentVolumeClaim/claimName").asText())
                        .anyMatch(Manifests.name(claim)::equals);
        if (!used) {
            add("PersistentVolumeClaim " + Manifests.name(claim), "is mounted by nobody");
        }
    }

    private void add(String place, String what) {
        complaints.add(place + ": " + what);
    }
}
