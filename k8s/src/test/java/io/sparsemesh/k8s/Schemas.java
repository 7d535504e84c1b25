package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Whether every field is one that its type has: Kubernetes' own and the Prometheus operator's by
/// fabric8's types, Kafka's by Strimzi's, KEDA's by [KedaFields]. Those types keep what they do not
/// know aside, in `additionalProperties`; here it has to be empty.
final class Schemas {

    private static final Map<String, Class<?>> TYPES =
            Map.ofEntries(
                    Map.entry("v1/Service", Service.class),
                    Map.entry("v1/ServiceAccount", ServiceAccount.class),
                    Map.entry("v1/PersistentVolumeClaim", PersistentVolumeClaim.class),
                    Map.entry("apps/v1/Deployment", Deployment.class),
                    Map.entry("batch/v1/Job", Job.class),
                    Map.entry("networking.k8s.io/v1/Ingress", Ingress.class),
                    Map.entry("networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class),
                    Map.entry("policy/v1/PodDisruptionBudget", PodDisruptionBudget.class),
                    Map.entry("monitoring.coreos.com/v1/ServiceMonitor", ServiceMonitor.class),
                    Map.entry("monitoring.coreos.com/v1/PrometheusRule", PrometheusRule.class),
                    Map.entry("kafka.strimzi.io/v1/Kafka", Kafka.class),
                    Map.entry("kafka.strimzi.io/v1/KafkaNodePool", KafkaNodePool.class),
                    Map.entry("kafka.strimzi.io/v1/KafkaTopic", KafkaTopic.class),
                    Map.entry("kafka.strimzi.io/v1/KafkaUser", KafkaUser.class));

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final List<String> complaints = new ArrayList<>();
    private final Map<Object, Boolean> seen = new IdentityHashMap<>();

    private Schemas() {}

    static List<String> complaints(Manifests manifests) {
        List<String> complaints = new ArrayList<>();
        for (JsonNode resource : manifests.all()) {
            String type = resource.path("apiVersion").asText() + "/" + Manifests.kind(resource);
            String place = Manifests.kind(resource) + " " + Manifests.name(resource);
            if (type.equals(KedaFields.TYPE)) {
                KedaFields.complaints(resource).forEach(c -> complaints.add(place + c));
            } else if (TYPES.containsKey(type)) {
                complaints.addAll(strict(place, resource, TYPES.get(type)));
            } else {
                complaints.add(place + ": unknown type " + type);
            }
        }
        return complaints;
    }

    static List<String> strict(String place, JsonNode resource, Class<?> type) {
        Schemas walk = new Schemas();
        try {
            walk.visit(place, JSON.convertValue(resource, type));
        } catch (IllegalArgumentException e) {
            walk.complaints.add(place + ": " + e.getMessage().lines().findFirst().orElse(""));
        }
        return walk.complaints;
    }

    private void visit(String place, Object value) {
        switch (value) {
            case null -> {}
            case Map<?, ?> map -> map.forEach((key, v) -> visit(place + "." + key, v));
            case Collection<?> all -> all.forEach(v -> visit(place + "[]", v));
            default -> {
                if (isModel(value) && seen.put(value, true) == null) {
                    fields(place, value);
                }
            }
        }
    }

    private static boolean isModel(Object value) {
        String name = value.getClass().getName();
        return !(value instanceof Enum<?>)
                && (name.startsWith("io.fabric8.") || name.startsWith("io.strimzi."));
    }

    private void fields(String place, Object model) {
        for (Method method : model.getClass().getMethods()) {
            if (method.getParameterCount() > 0
                    || !method.getName().startsWith("get")
                    || Set.of("getClass", "getDeclaringClass").contains(method.getName())
                    || method.getDeclaringClass() == HasMetadata.class) {
                continue;
            }
            Object value = read(method, model);
            if (method.getName().equals("getAdditionalProperties")) {
                ((Map<?, ?>) value)
                        .keySet()
                        .forEach(
                                key ->
                                        complaints.add(
                                                "%s: unknown field %s".formatted(place, key)));
            } else {
                visit(place + "." + method.getName().substring(3), value);
            }
        }
    }

    private static Object read(Method method, Object model) {
        try {
            return method.invoke(model);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("cannot ask " + method, e);
        }
    }
}
