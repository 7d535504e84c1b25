package io.sparsemesh.engine.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.CheckpointException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/// GPT-2's byte-level BPE from `vocab.json`, `merges.txt` and the settings beside them, as the one
/// `tokenizer.json` they amount to.
final class BytePairFiles {

    static final String VOCABULARY = "vocab.json";

    private static final String MERGES = "merges.txt";
    private static final String SETTINGS = "tokenizer_config.json";
    private static final String CONFIG = "config.json";

    private static final List<String> CLASSES = List.of("GPT2Tokenizer", "GPT2TokenizerFast");
    private static final List<String> TYPES = List.of("opt", "gpt2", "gpt_neo", "gptj");
    private static final List<String> SPECIALS =
            List.of("bos_token", "eos_token", "unk_token", "pad_token");

    private static final JsonMapper JSON = new JsonMapper();

    private BytePairFiles() {}

    static boolean areIn(Path folder) {
        return Files.isRegularFile(folder.resolve(VOCABULARY))
                && Files.isRegularFile(folder.resolve(MERGES));
    }

    static String toTokenizerJson(Path folder) {
        JsonNode settings = settings(folder);
        JsonNode vocabulary = object(folder.resolve(VOCABULARY));
        ObjectNode root = JSON.createObjectNode();
        root.put("version", "1.0");
        root.set("added_tokens", specials(settings, vocabulary));
        root.set("pre_tokenizer", byteLevel(settings.path("add_prefix_space").asBoolean(false)));
        root.set("decoder", byteLevel(false));
        if (settings.path("add_bos_token").asBoolean(false)) {
            String first = token(settings, "bos_token");
            root.set("post_processor", prefixedBy(first, id(vocabulary, first)));
        }
        ObjectNode model = root.putObject("model").put("type", "BPE");
        model.set("vocab", vocabulary);
        model.set("merges", merges(folder.resolve(MERGES)));
        return root.toString();
    }

    /// The settings file; without one those that go with the model's type.
    private static JsonNode settings(Path folder) {
        if (Files.isRegularFile(folder.resolve(SETTINGS))) {
            JsonNode settings = object(folder.resolve(SETTINGS));
            String type = settings.path("tokenizer_class").asText("");
            if (!type.isEmpty()) {
                return requireKnown(settings, SETTINGS, "tokenizer_class", type, CLASSES);
            }
        }
        JsonNode config = object(folder.resolve(CONFIG));
        String type = config.path("model_type").asText("");
        requireKnown(config, CONFIG, "model_type", type, TYPES);
        String special = type.equals("opt") ? "</s>" : "<|endoftext|>";
        return JSON.createObjectNode()
                .put("add_bos_token", type.equals("opt"))
                .put("bos_token", special);
    }

    private static JsonNode requireKnown(
            JsonNode node, String file, String key, String found, List<String> known) {
        if (!known.contains(found)) {
            throw new CheckpointException(
                    file,
                    "",
                    "%s: expected one of %s for vocab.json with merges.txt, found '%s'; other"
                                    .formatted(key, known, found)
                            + " tokenizers need a tokenizer.json");
        }
        return node;
    }

    private static ArrayNode specials(JsonNode settings, JsonNode vocabulary) {
        SequencedSet<String> tokens = new LinkedHashSet<>();
        for (String key : SPECIALS) {
            if (settings.hasNonNull(key)) {
                tokens.add(token(settings, key));
            }
        }
        ArrayNode specials = JSON.createArrayNode();
        for (String token : tokens) {
            specials.addObject()
                    .put("id", id(vocabulary, token))
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        return specials;
    }

    /// A special token, which settings have as a string or as an object with the text in it.
    private static String token(JsonNode settings, String key) {
        JsonNode token = settings.path(key);
        JsonNode text = token.isObject() ? token.path("content") : token;
        if (!text.isTextual()) {
            throw new CheckpointException(
                    SETTINGS, "", "%s: expected a token, found %s".formatted(key, token));
        }
        return text.textValue();
    }

    private static int id(JsonNode vocabulary, String token) {
        JsonNode id = vocabulary.path(token);
        if (!id.isInt()) {
            throw new CheckpointException(
                    VOCABULARY, "", "expected the special token '%s', found none".formatted(token));
        }
        return id.intValue();
    }

    private static ObjectNode byteLevel(boolean spaceFirst) {
        return JSON.createObjectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", spaceFirst)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    /// Puts one special token before every text.
    private static ObjectNode prefixedBy(String token, int id) {
        ObjectNode template = JSON.createObjectNode().put("type", "TemplateProcessing");
        ArrayNode single = template.putArray("single");
        single.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
        single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
        ArrayNode pair = template.putArray("pair");
        pair.addAll(single.deepCopy());
        pair.addObject().putObject("Sequence").put("id", "B").put("type_id", 0);
        ObjectNode special = template.putObject("special_tokens").putObject(token);
        special.put("id", token);
        special.putArray("ids").add(id);
        special.putArray("tokens").add(token);
        return template;
    }

    private static ArrayNode merges(Path file) {
        ArrayNode merges = JSON.createArrayNode();
        Tokenizer.read(file)
                .lines()
                .filter(line -> !line.startsWith("#version") && !line.isBlank())
                .forEach(merges::add);
        return merges;
    }

    private static JsonNode object(Path file) {
        String name = file.getFileName().toString();
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(name, "", "expected beside vocab.json, found none");
        }
        try {
            JsonNode node = JSON.readTree(Tokenizer.read(file));
            if (node.isObject()) {
                return node;
            }
            throw new CheckpointException(
                    name, "", "expected a JSON object, found " + node.getNodeType());
        } catch (JsonProcessingException e) {
            throw new CheckpointException(name, "", "not JSON: " + e.getOriginalMessage(), e);
        }
    }
}
