package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Whether an image is the one that a Containerfile describes for a service, its base apart.
final class SameImage {

    private static final Pattern PAIR = Pattern.compile("([\\w.]+)=(?:\"([^\"]*)\"|(\\S+))");
    private static final int WRITABLE_BY_OTHERS = 0022;
    private static final int READABLE_BY_ALL = 0444;

    private final Containerfile file;
    private final String service;
    private final OciImage image;
    private final List<String> complaints = new ArrayList<>();

    private SameImage(Containerfile file, String service, OciImage image) {
        this.file = file;
        this.service = service;
        this.image = image;
    }

    static List<String> complaints(Containerfile file, String service, OciImage image)
            throws IOException {
        SameImage check = new SameImage(file, service, image);
        check.expect("USER", file.last("USER").orElseThrow(), check.text("User"));
        check.expect("WORKDIR", file.last("WORKDIR").orElseThrow(), check.text("WorkingDir"));
        check.expect("ENTRYPOINT", file.entrypoint(), texts(image.config().get("Entrypoint")));
        check.expect("ENV", check.pairs("ENV"), pairs(image.config().get("Env")));
        check.expect("LABEL", check.pairs("LABEL"), labels(image.config().get("Labels")));
        check.files();
        return check.complaints;
    }

    private String text(String field) {
        return image.config().path(field).asText();
    }

    private static List<String> texts(JsonNode list) {
        return Manifests.items(list).map(JsonNode::asText).toList();
    }

    private Map<String, String> pairs(String instruction) {
        Map<String, String> pairs = new TreeMap<>();
        file.all(instruction).stream()
                .flatMap(line -> PAIR.matcher(line).results())
                .forEach(pair -> pairs.put(pair.group(1), filled(value(pair))));
        return pairs;
    }

    private static String value(MatchResult pair) {
        return pair.group(2) == null ? pair.group(3) : pair.group(2);
    }

    private String filled(String text) {
        return text.replace("${SERVICE}", service);
    }

    private static Map<String, String> pairs(JsonNode list) {
        Map<String, String> pairs = new TreeMap<>();
        for (String pair : texts(list)) {
            int sign = pair.indexOf('=');
            pairs.put(pair.substring(0, sign), pair.substring(sign + 1));
        }
        return pairs;
    }

    private static Map<String, String> labels(JsonNode labels) {
        Map<String, String> pairs = new TreeMap<>();
        labels.properties().forEach(each -> pairs.put(each.getKey(), each.getValue().asText()));
        return pairs;
    }

    private void files() throws IOException {
        Map<String, Path> copied = new LinkedHashMap<>();
        for (String copy : file.all("COPY")) {
            String[] words = filled(copy).split(" ");
            add(Repository.path(words[0]), words[1], copied);
        }
        for (String path : copied.keySet()) {
            if (!image.files().containsKey(path)) {
                complain("%s: is not in the image", path);
            }
        }
        for (Map.Entry<String, OciImage.Entry> each : image.files().entrySet()) {
            Path source = copied.get(each.getKey());
            if (source == null) {
                complain("%s: is copied by nothing", each.getKey());
            } else {
                file(each.getKey(), each.getValue(), source);
            }
        }
    }

    /// A source that ends with a slash is a folder, whose content is copied.
    private static void add(Path source, String target, Map<String, Path> copied)
            throws IOException {
        if (!Files.isDirectory(source)) {
            copied.put(target + source.getFileName(), source);
            return;
        }
        try (Stream<Path> all = Files.walk(source)) {
            all.filter(Files::isRegularFile)
                    .forEach(each -> copied.put(target + source.relativize(each), each));
        }
    }

    private void file(String path, OciImage.Entry entry, Path source) throws IOException {
        try (InputStream in = Files.newInputStream(source)) {
            if (!OciImage.sha256(in).equals(entry.sha256())) {
                complain("%s: has other bytes than %s", path, source);
            }
        }
        if (!entry.owner().equals("0:0")) {
            complain("%s: is not root's, but of %s", path, entry.owner());
        }
        if ((entry.mode() & WRITABLE_BY_OTHERS) != 0
                || (entry.mode() & READABLE_BY_ALL) != READABLE_BY_ALL) {
            complain("%s: has mode %o", path, entry.mode());
        }
    }

    private void expect(String instruction, Object expected, Object found) {
        if (!expected.equals(found)) {
            complain("%s: expected %s, found %s", instruction, expected, found);
        }
    }

    private void complain(String form, Object... arguments) {
        complaints.add(form.formatted(arguments));
    }
}
