package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.message.MessageType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Records what the services of this version say, one message of each kind and shape, into the file
/// that `RecordedMessagesTest` of `libs/contracts` holds later versions to. Run before a release,
/// by hand: `-Dit.test=MessagesRun -Dmessages.file=FILE`.
class MessagesRun {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = TestMesh.ROOT.resolve("deploy/demo");
    private static final Duration LIMIT = Duration.ofMinutes(4);

    @TempDir Path home;

    @Test
    void whatIsSaid() throws Exception {
        Path file = Path.of(System.getProperty("messages.file"));
        try (TestMesh mesh = TestMesh.start(home, 1, 1, List.of(DEMO))) {
            ChaosJobs jobs = new ChaosJobs(mesh, DEMO);
            String cancelled = mesh.client.submit(calibrated("cancelled"));
            mesh.client.post("/v1/jobs/" + cancelled + ":cancel", "");
            mesh.client.await(cancelled, LIMIT);
            mesh.client.post("/v1/jobs/" + cancelled + ":retry", "{\"damping\": 0.02}");
            List<String> ids = new ArrayList<>(List.of(cancelled));
            ids.add(mesh.client.submit(JobJson.demo(DEMO, home.resolve("magnitude"))));
            ids.add(mesh.client.submit(sweep()));
            ids.add(mesh.client.submit(allocation()));
            ids.add(mesh.client.submit(missing()));
            Files.delete(home.resolve("gone.safetensors"));
            for (String id : ids) {
                mesh.client.await(id, LIMIT);
            }
            jobs.delete(new ChaosJobs.Accepted(ids.get(1), null, home.resolve("magnitude")));
            Thread.sleep(Duration.ofSeconds(2));
            List<String> places = List.of(DEMO.toString(), home.toString());
            Files.write(
                    file,
                    lines(mesh.kafka.bootstrapServers()).stream()
                            .map(line -> without(places, line))
                            .toList());
        }
    }

    /// Folders of this machine are nobody's business.
    private static String without(List<String> places, String line) {
        String cleaned = line;
        for (String place : places) {
            cleaned = cleaned.replace(place, "/data");
        }
        return cleaned;
    }

    private ObjectNode calibrated(String name) {
        ObjectNode request =
                JobJson.sparsegpt(
                        DEMO.resolve("valley-opt"),
                        "0.5",
                        DEMO.resolve("ids.safetensors"),
                        8,
                        64,
                        home.resolve(name));
        return JobJson.withPerplexity(request, DEMO.resolve("ids.safetensors"), 256, true);
    }

    private ObjectNode sweep() {
        ObjectNode request = calibrated("sweep");
        ObjectNode method = (ObjectNode) request.get("method");
        method.remove("sparsity");
        var targets = method.putArray("targets");
        targets.addObject().put("sparsity", 0.5);
        targets.addObject().put("pattern", "2:4");
        return request;
    }

    private ObjectNode allocation() {
        ObjectNode request = calibrated("allocation");
        ((ObjectNode) request.get("method")).put("allocation", "budget");
        return request;
    }

    /// A job whose calibration text goes away after it was accepted.
    private ObjectNode missing() throws IOException {
        Path ids = home.resolve("gone.safetensors");
        Files.copy(DEMO.resolve("ids.safetensors"), ids);
        ObjectNode request = calibrated("missing");
        ((ObjectNode) request.get("calibration")).put("uri", ids.toUri().toString());
        return request;
    }

    /// One line for each kind and shape: the type's name, a tab, the message.
    private static List<String> lines(String bootstrap) throws IOException {
        Map<String, String> byShape = new TreeMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", bootstrap),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.listTopics().entrySet().stream()
                            .filter(topic -> topic.getKey().startsWith("sparsemesh."))
                            .filter(topic -> !topic.getKey().equals(Topics.DEAD_LETTERS))
                            .flatMap(topic -> topic.getValue().stream())
                            .map(info -> new TopicPartition(info.topic(), info.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofSeconds(5));
            while (!records.isEmpty()) {
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    String type = MessageCodec.text(record.headers().lastHeader("ce_type").value());
                    MessageType.named(type).orElseThrow();
                    JsonNode message = JSON.readTree(record.value());
                    byShape.merge(
                            type + shape(message),
                            type + "\t" + message,
                            (a, b) -> a.length() <= b.length() ? a : b);
                }
                records = consumer.poll(Duration.ofSeconds(2));
            }
        }
        return List.copyOf(byShape.values());
    }

    /// Names of fields, and the values that tell one variant from another.
    private static String shape(JsonNode node) {
        TreeSet<String> parts = new TreeSet<>();
        if (node.isObject()) {
            node.properties()
                    .forEach(
                            field -> {
                                String key = field.getKey();
                                boolean tells = key.equals("kind") || key.equals("type");
                                parts.add(
                                        key
                                                + (tells
                                                        ? "=" + field.getValue()
                                                        : shape(field.getValue())));
                            });
        } else if (node.isArray() && !node.isEmpty()) {
            parts.add(shape(node.get(0)));
        } else {
            parts.add(node.isNull() ? "null" : node.isArray() ? "[]" : "");
        }
        return parts.toString();
    }
}
