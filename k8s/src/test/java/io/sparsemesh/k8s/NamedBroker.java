package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.embedded.FreePorts;
import io.sparsemesh.embedded.LocalKafka;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// A broker as Strimzi sets one up: it speaks TLS, knows the services by SCRAM, and lets each do
/// what its KafkaUser of the chart may. Beside that it has a listener without any of it, for what
/// Strimzi's operators do.
final class NamedBroker implements AutoCloseable {

    private static final String MODULE =
            "org.apache.kafka.common.security.scram.ScramLoginModule required";

    private static final String MECHANISM = "SCRAM-SHA-512";
    private static final String STORE_PASSWORD = "loopback";

    private final LocalKafka kafka;
    private final int named;
    private final String certificate;

    private NamedBroker(LocalKafka kafka, int named, String certificate) {
        this.kafka = kafka;
        this.named = named;
        this.certificate = certificate;
    }

    /// @param users KafkaUsers of the chart
    static NamedBroker start(Path folder, List<JsonNode> users) throws Exception {
        int open = FreePorts.next();
        int named = FreePorts.next();
        Files.createDirectories(folder);
        Path store = folder.resolve("broker.p12");
        String subject = "-genkeypair -keyalg EC -dname CN=broker -ext SAN=ip:127.0.0.1";
        keytool(store, List.of(subject.split(" ")));
        String certificate = keytool(store, List.of("-exportcert", "-rfc"));
        LocalKafka kafka = LocalKafka.start(folder, open, settings(open, named, store));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.alterUserScramCredentials(Services.ALL.stream().map(NamedBroker::user).toList())
                    .all()
                    .get();
            List<AclBinding> all = new ArrayList<>();
            users.forEach(user -> all.addAll(bindings(user)));
            admin.createAcls(all).all().get();
        }
        return new NamedBroker(kafka, named, certificate);
    }

    /// Runs the JDK's tool on a store, and returns what it printed.
    private static String keytool(Path store, List<String> what)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(what);
        command.addAll(List.of("-alias", "broker", "-storepass", STORE_PASSWORD));
        command.addAll(List.of("-keystore", store.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IllegalStateException(said);
        }
        return said;
    }

    private static UserScramCredentialAlteration user(String service) {
        return new UserScramCredentialUpsertion(
                service,
                new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096),
                password(service));
    }

    private static String password(String service) {
        return "secret-of-" + service;
    }

    private static Map<String, String> settings(int open, int named, Path store) {
        int controller = FreePorts.next();
        String addresses = "PLAINTEXT://127.0.0.1:%d,NAMED://127.0.0.1:%d".formatted(open, named);
        String listener = "listener.name.named.";
        return Map.ofEntries(
                Map.entry("listeners", addresses + ",CONTROLLER://127.0.0.1:" + controller),
                Map.entry("advertised.listeners", addresses),
                Map.entry(
                        "listener.security.protocol.map",
                        "PLAINTEXT:PLAINTEXT,NAMED:SASL_SSL,CONTROLLER:PLAINTEXT"),
                Map.entry("controller.quorum.voters", "1@127.0.0.1:" + controller),
                Map.entry(listener + "sasl.enabled.mechanisms", MECHANISM),
                Map.entry(listener + "scram-sha-512.sasl.jaas.config", MODULE + ";"),
                Map.entry(listener + "ssl.keystore.type", "PKCS12"),
                Map.entry(listener + "ssl.keystore.location", store.toString()),
                Map.entry(listener + "ssl.keystore.password", STORE_PASSWORD),
                Map.entry(
                        "authorizer.class.name",
                        "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
                Map.entry("super.users", "User:ANONYMOUS"));
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

    /// What a service's Secret and the brokers' address are in its environment: all else that it
    /// needs to log in, the chart says.
    Map<String, String> login(String service) {
        return Map.of(
                "SPARSEMESH_KAFKA_BOOTSTRAP",
                "127.0.0.1:" + named,
                "KAFKA_SASL_JAAS_CONFIG",
                jaas(service, password(service)));
    }

    /// The authority by which the broker is known, PEM.
    String certificate() {
        return certificate;
    }

    /// What no log may hold.
    static Stream<String> secrets() {
        return Services.ALL.stream().map(NamedBroker::password);
    }

    private static String jaas(String user, String password) {
        return "%s username=\"%s\" password=\"%s\";".formatted(MODULE, user, password);
    }

    /// What the broker has denied so far.
    List<String> denials() throws IOException {
        return kafka.denials();
    }

    private Map<String, String> security(String user, String password) {
        return Map.of(
                "security.protocol",
                "SASL_SSL",
                "sasl.mechanism",
                MECHANISM,
                "sasl.jaas.config",
                jaas(user, password),
                "ssl.truststore.type",
                "PEM",
                "ssl.truststore.certificates",
                certificate);
    }

    private Map<String, Object> client(String user, String password) {
        Map<String, Object> client = new HashMap<>(security(user, password));
        client.put("bootstrap.servers", "127.0.0.1:" + named);
        return client;
    }

    /// The topics on which a service may do something.
    Set<String> topics(String service, AclOperation operation)
            throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(client(service, password(service)))) {
            DescribeTopicsOptions withOperations =
                    new DescribeTopicsOptions().includeAuthorizedOperations(true);
            return admin
                    .describeTopics(admin.listTopics().names().get(), withOperations)
                    .allTopicNames()
                    .get()
                    .values()
                    .stream()
                    .filter(topic -> topic.authorizedOperations().contains(operation))
                    .map(TopicDescription::name)
                    .collect(Collectors.toSet());
        }
    }

    /// Sends a record as a service would.
    ///
    /// @throws Exception what the broker has against it
    void send(String service, String topic) throws Exception {
        send(service, password(service), topic);
    }

    void send(String user, String password, String topic) throws Exception {
        Map<String, Object> client = client(user, password);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, new byte[0])).get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    @Override
    public void close() {
        kafka.close();
    }
}
