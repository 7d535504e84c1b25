package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.embedded.FreePorts;
import io.sparsemesh.embedded.LocalKafka;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/// A broker that lets the services in by name, and to what the chart's KafkaUsers may do.
final class NamedBroker implements AutoCloseable {

    private static final String MODULE =
            "org.apache.kafka.common.security.plain.PlainLoginModule required ";

    private final LocalKafka kafka;
    private final int named;

    private NamedBroker(LocalKafka kafka, int named) {
        this.kafka = kafka;
        this.named = named;
    }

    /// @param users KafkaUsers of the chart
    static NamedBroker start(Path folder, List<JsonNode> users)
            throws ExecutionException, InterruptedException {
        int open = FreePorts.next();
        int named = FreePorts.next();
        LocalKafka kafka = LocalKafka.start(folder, open, settings(open, named));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            List<AclBinding> all = new ArrayList<>();
            users.forEach(user -> all.addAll(bindings(user)));
            admin.createAcls(all).all().get();
        }
        return new NamedBroker(kafka, named);
    }

    private static Map<String, String> settings(int open, int named) {
        int controller = FreePorts.next();
        String accounts =
                Services.ALL.stream()
                        .map(service -> "user_%s=\"%s\"".formatted(service, service))
                        .collect(Collectors.joining(" "));
        return Map.of(
                "listeners",
                "PLAINTEXT://127.0.0.1:%d,NAMED://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                        .formatted(open, named, controller),
                "advertised.listeners",
                "PLAINTEXT://127.0.0.1:%d,NAMED://127.0.0.1:%d".formatted(open, named),
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,NAMED:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
                "controller.quorum.voters",
                "1@127.0.0.1:" + controller,
                "listener.name.named.sasl.enabled.mechanisms",
                "PLAIN",
                "listener.name.named.plain.sasl.jaas.config",
                MODULE + accounts + ";",
                "authorizer.class.name",
                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users",
                "User:ANONYMOUS");
    }

    private static List<AclBinding> bindings(JsonNode user) {
        String principal = "User:" + Manifests.name(user).replaceFirst("^sparsemesh-", "");
        List<AclBinding> bindings = new ArrayList<>();
        Manifests.items(user.at("/spec/authorization/acls"))
                .forEach(
                        acl ->
                                Manifests.items(acl.path("operations"))
                                        .map(operation -> entry(principal, operation.asText()))
                                        .map(entry -> new AclBinding(resource(acl), entry))
                                        .forEach(bindings::add));
        return bindings;
    }

    private static AccessControlEntry entry(String principal, String operation) {
        String name = operation.replaceAll("(?<=.)([A-Z])", "_$1").toUpperCase(Locale.ROOT);
        return new AccessControlEntry(
                principal, "*", AclOperation.fromString(name), AclPermissionType.ALLOW);
    }

    private static ResourcePattern resource(JsonNode acl) {
        ResourceType type = ResourceType.fromString(acl.at("/resource/type").asText());
        String name =
                type == ResourceType.CLUSTER
                        ? Resource.CLUSTER_NAME
                        : acl.at("/resource/name").asText();
        return new ResourcePattern(type, name, PatternType.LITERAL);
    }

    /// What a service is told instead of Strimzi's TLS and SCRAM, which the embedded broker lacks.
    Map<String, String> login(String service) {
        return Map.of(
                "SPARSEMESH_KAFKA_BOOTSTRAP",
                "127.0.0.1:" + named,
                "KAFKA_SECURITY_PROTOCOL",
                "SASL_PLAINTEXT",
                "KAFKA_SASL_MECHANISM",
                "PLAIN",
                "KAFKA_SASL_JAAS_CONFIG",
                MODULE + "username=\"%s\" password=\"%s\";".formatted(service, service));
    }

    /// The topics that a service may see: those that it reads or writes.
    Set<String> topicsOf(String service) throws ExecutionException, InterruptedException {
        Map<String, Object> client = new HashMap<>();
        client.put("bootstrap.servers", "127.0.0.1:" + named);
        login(service).entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("KAFKA_"))
                .forEach(entry -> client.put(setting(entry.getKey()), entry.getValue()));
        try (Admin admin = Admin.create(client)) {
            return admin.listTopics().names().get();
        }
    }

    private static String setting(String variable) {
        return variable.substring("KAFKA_".length()).toLowerCase(Locale.ROOT).replace('_', '.');
    }

    @Override
    public void close() {
        kafka.close();
    }
}
