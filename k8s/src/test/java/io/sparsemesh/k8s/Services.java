package io.sparsemesh.k8s;

import io.sparsemesh.contracts.Topics;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerConfig;

/// What the services' sources read and serve.
final class Services {

    static final List<String> ALL = List.of("gateway", "scheduler", "layer-worker", "evaluator");

    private static final Pattern READ = Pattern.compile("\\$\\{([A-Z][A-Z0-9_]+)");
    private static final Pattern ASKED = Pattern.compile("getenv\\(\\s*\"([A-Z][A-Z0-9_]+)\"");

    /// As [io.sparsemesh.contracts.BrokerLogin] reads them.
    private static final Pattern LOGIN = Pattern.compile("KAFKA_(SECURITY|SASL|SSL)_[A-Z_]+");

    /// Read by the SDK's own chain of credentials.
    private static final Set<String> AWS = Set.of("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");

    private static final Pattern METRIC = Pattern.compile("(?m)^\\| `(sparsemesh_\\w+)` \\|");

    private static final Map<String, Set<String>> VARIABLES = new ConcurrentHashMap<>();

    private Services() {}

    /// Whether a service, or a library of it, reads a variable of the environment.
    static boolean reads(String service, String variable) {
        return variables(service).contains(variable)
                || LOGIN.matcher(variable).matches() && isSettingOfKafka(variable)
                || AWS.contains(variable);
    }

    private static boolean isSettingOfKafka(String variable) {
        String setting =
                variable.substring("KAFKA_".length()).toLowerCase(Locale.ROOT).replace('_', '.');
        return ProducerConfig.configNames().contains(setting);
    }

    static Set<String> variables(String service) {
        return VARIABLES.computeIfAbsent(service, Services::find);
    }

    private static Set<String> find(String service) {
        Stream<Path> own = Repository.files(service + "/src/main", ".properties", ".java").stream();
        Stream<Path> libraries =
                Repository.files("libs", ".properties", ".java").stream()
                        .filter(file -> file.toString().contains("/src/main/"));
        return Stream.concat(own, libraries)
                .map(Repository::read)
                .flatMap(text -> Stream.of(READ, ASKED).flatMap(p -> p.matcher(text).results()))
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// `application.properties` of a service.
    static String settings(String service) {
        return Repository.read(service + "/src/main/resources/application.properties");
    }

    /// The default of a variable, empty if it has none.
    static String defaultOf(String service, String variable) {
        return Pattern.compile(Pattern.quote("${" + variable + ":") + "([^}]*)}")
                .matcher(settings(service))
                .results()
                .map(found -> found.group(1))
                .findFirst()
                .orElse("");
    }

    /// Topics by name, as the scheduler makes them at so many brokers: its own class is asked, from
    /// where the build has put it.
    static Map<String, NewTopic> topics(int brokers) {
        Path classes = Repository.path("scheduler/target/classes");
        try (URLClassLoader scheduler =
                new URLClassLoader(
                        new URL[] {classes.toUri().toURL()}, Services.class.getClassLoader())) {
            Method topics =
                    scheduler
                            .loadClass("io.sparsemesh.scheduler.broker.TopicLayout")
                            .getDeclaredMethod("topics", int.class, int.class);
            topics.setAccessible(true);
            Map<String, NewTopic> byName = new TreeMap<>();
            for (Object topic : (List<?>) topics.invoke(null, brokers, brokers)) {
                byName.put(((NewTopic) topic).name(), (NewTopic) topic);
            }
            return byName;
        } catch (IOException | ReflectiveOperationException e) {
            throw new IllegalStateException("no TopicLayout in " + classes, e);
        }
    }

    /// Names of topics and share groups.
    static Set<String> names() {
        return Arrays.stream(Topics.class.getFields())
                .filter(field -> Modifier.isStatic(field.getModifiers()))
                .map(field -> constant(field.getName()))
                .collect(Collectors.toSet());
    }

    private static String constant(String field) {
        try {
            return (String) Topics.class.getField(field).get(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Topics has no " + field, e);
        }
    }

    /// Groups of consumers, from the services' settings, and share groups.
    static Set<String> groups() {
        Set<String> groups = new TreeSet<>(Set.of(Topics.LAYER_WORKERS, Topics.EVALUATORS));
        for (String service : ALL) {
            Pattern.compile("(?m)group\\.id=(\\S+)$")
                    .matcher(settings(service))
                    .results()
                    .map(found -> found.group(1))
                    .forEach(groups::add);
        }
        return groups;
    }

    /// The table that ObservabilityIT holds to the running services.
    static Set<String> metrics() {
        return METRIC.matcher(Repository.read("docs/operations.md"))
                .results()
                .map((MatchResult found) -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
