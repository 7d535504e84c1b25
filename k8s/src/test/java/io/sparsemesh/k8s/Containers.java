package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Whether container files and compose file say what they must, and nothing that the services do
/// not know.
final class Containers {

    private static final Pattern SECRET = Pattern.compile("PASSWORD|ROOT_KEY|TOKEN|SECRET");
    private static final Pattern ADDRESS =
            Pattern.compile("(?:jdbc:postgresql://)?([\\w-]+):\\d+.*");
    private static final Pattern DURATION = Pattern.compile("(\\d+)(s|m)");

    private static final Set<String> EVERY_SERVICE =
            Set.of(
                    "SPARSEMESH_KAFKA_BOOTSTRAP",
                    "SPARSEMESH_MANAGEMENT_HOST",
                    "SPARSEMESH_MANAGEMENT_PORT");

    /// Variables whose default is made for processes on one machine, without containers.
    private static final Map<String, Set<String>> REQUIRED =
            Map.of(
                    "gateway",
                    Variables.all(
                            EVERY_SERVICE,
                            Variables.DATABASE,
                            Set.of(
                                    "SPARSEMESH_ROOTS",
                                    "SPARSEMESH_HOST",
                                    "SPARSEMESH_PORT",
                                    "SPARSEMESH_ROOT_KEY")),
                    "scheduler",
                    Variables.all(EVERY_SERVICE, Variables.DATABASE, Set.of("SPARSEMESH_STORE")),
                    "layer-worker",
                    Variables.all(
                            EVERY_SERVICE,
                            Set.of(
                                    "SPARSEMESH_STORE",
                                    "SPARSEMESH_ROOTS",
                                    "SPARSEMESH_SHUTDOWN_GRACE")),
                    "evaluator",
                    Variables.all(
                            EVERY_SERVICE,
                            Set.of("SPARSEMESH_ROOTS", "SPARSEMESH_SHUTDOWN_GRACE")));

    private final List<String> complaints = new ArrayList<>();

    private Containers() {}

    static List<String> ofFile(Containerfile file) {
        Containers check = new Containers();
        check.file(file);
        return check.complaints;
    }

    private void file(Containerfile file) {
        file.all("FROM").stream()
                .filter(from -> !from.matches("\\$\\{\\w+}@\\$\\{\\w+_DIGEST}( AS \\w+)?"))
                .forEach(from -> add("FROM", "expected a digest from an argument, found " + from));
        file.all("ARG").stream()
                .filter(argument -> argument.matches("\\w+_DIGEST=.*"))
                .forEach(argument -> add("ARG", "a digest has a default: " + argument));
        if (!file.last("USER").orElse("").equals("10001:10001")) {
            add("USER", "expected 10001:10001, found " + file.last("USER"));
        }
        if (file.all("ENV").stream().noneMatch(env -> env.contains("HOME=/tmp"))) {
            add("ENV", "expected HOME=/tmp, the folder that can be written");
        }
        file.all("COPY").stream()
                .filter(copy -> copy.contains("--chown"))
                .forEach(copy -> add("COPY", "files are not root's: " + copy));
        if (file.all("COPY").stream().noneMatch(copy -> copy.contains("/target/sbom.json"))) {
            add("COPY", "there is no bill of materials");
        }
    }

    /// Complaints about the options of a service's JVM.
    static List<String> ofOptions(String service, String options) {
        List<String> complaints = new ArrayList<>();
        for (String wanted :
                List.of(
                        "-XX:MaxRAMPercentage=",
                        "-Djava.io.tmpdir=/tmp",
                        "--enable-native-access=ALL-UNNAMED")) {
            if (options.lines().noneMatch(line -> line.startsWith(wanted))) {
                complaints.add("%s: expected %s".formatted(service, wanted));
            }
        }
        if (options.contains("-Xmx")) {
            complaints.add(service + ": the heap does not follow the container's memory");
        }
        return complaints;
    }

    static List<String> ofCompose(JsonNode compose) {
        Containers check = new Containers();
        for (String service : Services.ALL) {
            JsonNode found = compose.at("/services/" + service);
            check.service(service, found);
            check.ports(service, found);
            check.addresses(service, found, compose.path("services"));
            REQUIRED.get(service).stream()
                    .filter(name -> found.path("environment").path(name).isMissingNode())
                    .sorted()
                    .forEach(name -> check.add(service, "lacks " + name));
        }
        compose.path("services").properties().forEach(each -> check.image(each));
        return check.complaints;
    }

    private void service(String name, JsonNode service) {
        service.path("environment")
                .properties()
                .forEach(variable -> variable(name, variable.getKey(), variable.getValue()));
        expect(name, service, "/user", "10001:10001");
        expect(name, service, "/read_only", "true");
        expect(name, service, "/cap_drop", "[\"ALL\"]");
        expect(name, service, "/security_opt", "[\"no-new-privileges:true\"]");
        if (!service.path("tmpfs").toString().contains("/tmp")) {
            add(name, "has no tmpfs at /tmp");
        }
        Manifests.items(service.path("ports"))
                .map(JsonNode::asText)
                .filter(port -> !port.startsWith("127.0.0.1:"))
                .forEach(port -> add(name, "serves beyond this machine: " + port));
        for (String variable : List.of("SPARSEMESH_STORE", "SPARSEMESH_ROOTS")) {
            String folder = service.at("/environment/" + variable).asText();
            if (!folder.isEmpty() && !service.path("volumes").toString().contains(":" + folder)) {
                add(name, "%s=%s is no volume".formatted(variable, folder));
            }
        }
        String drain = service.at("/environment/SPARSEMESH_SHUTDOWN_GRACE").asText("5s");
        String grace = service.path("stop_grace_period").asText();
        if (seconds(drain) + 20 > seconds(grace)) {
            add(name, "drains for %s of the %s it gets".formatted(drain, grace));
        }
    }

    /// Every port that is published is one that the service is told to listen on.
    private void ports(String name, JsonNode service) {
        JsonNode environment = service.path("environment");
        Set<String> listens =
                Set.of(
                        environment.path("SPARSEMESH_PORT").asText("none"),
                        environment.path("SPARSEMESH_MANAGEMENT_PORT").asText());
        Manifests.items(service.path("ports"))
                .map(port -> port.asText().replaceAll(".*:", ""))
                .filter(port -> !listens.contains(port))
                .forEach(port -> add(name, "publishes %s, listens on none".formatted(port)));
    }

    /// Broker and database are services of the file.
    private void addresses(String name, JsonNode service, JsonNode services) {
        for (String variable : List.of("SPARSEMESH_KAFKA_BOOTSTRAP", "SPARSEMESH_DB_URL")) {
            String address = service.at("/environment/" + variable).asText();
            Matcher host = ADDRESS.matcher(address);
            if (!address.isEmpty() && !(host.matches() && services.has(host.group(1)))) {
                add(name, "%s=%s is none of the services".formatted(variable, address));
            }
        }
    }

    private void variable(String service, String name, JsonNode value) {
        if (!Services.reads(service, name)) {
            add(service, name + " is read by nothing of it");
        }
        if (SECRET.matcher(name).find() && !value.asText().startsWith("${" + name + ":?")) {
            add(service, name + " is not asked of the environment");
        }
    }

    /// Those from elsewhere are pinned by a digest that has to be given; our own have a version.
    private void image(Map.Entry<String, JsonNode> service) {
        String image = service.getValue().path("image").asText();
        String own = "sparsemesh/%s:${VERSION:-".formatted(service.getKey());
        if (!image.startsWith(own) && !image.matches("[\\w/]+:[\\d.]+@\\$\\{\\w+_DIGEST:\\?.+}")) {
            add(service.getKey(), "is not pinned: " + image);
        }
    }

    private static int seconds(String text) {
        Matcher duration = DURATION.matcher(text);
        if (!duration.matches()) {
            return -1;
        }
        return Integer.parseInt(duration.group(1)) * (duration.group(2).equals("m") ? 60 : 1);
    }

    private void expect(String place, JsonNode node, String pointer, String expected) {
        JsonNode found = node.at(pointer);
        String text = found.isValueNode() ? found.asText() : found.toString();
        if (!text.equals(expected)) {
            add(place, "%s: expected %s, found %s".formatted(pointer, expected, text));
        }
    }

    private void add(String place, String what) {
        complaints.add(place + ": " + what);
    }
}
