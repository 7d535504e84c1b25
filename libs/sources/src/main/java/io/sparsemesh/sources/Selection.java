package io.sparsemesh.sources;

import io.sparsemesh.sources.ModelSourceException.Kind;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Chooses the files of a repository that make a model: config, tokenizer, and its weights once.
/// Nothing else is fetched, least of all what can run code. Names are no longer than a file's may
/// be, with what is added to them here.
final class Selection {

    private static final String CONFIG = "config.json";
    private static final String WHOLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final Pattern WEIGHTS =
            Pattern.compile("[A-Za-z0-9_][\\w.-]{0,200}\\.safetensors");
    private static final Pattern SHARD = Pattern.compile("model-[\\w-]{1,200}\\.safetensors");
    private static final Pattern PICKLE =
            Pattern.compile(".{0,200}\\.(bin|pt|pth|ckpt|pkl|h5|msgpack)");
    private static final Set<String> SMALL =
            Set.of(
                    CONFIG,
                    "generation_config.json",
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "special_tokens_map.json",
                    "added_tokens.json",
                    "vocab.json",
                    "merges.txt",
                    "tokenizer.model",
                    "chat_template.jinja");

    private Selection() {}

    /// @param all files of the repository by their path
    /// @throws ModelSourceException if they make no model, or are more or longer than is fetched
    static List<RemoteFile> of(String uri, List<RemoteFile> all) {
        if (all.stream().noneMatch(file -> file.name().equals(CONFIG))) {
            throw unusable(uri, CONFIG, "expected a file of that name, found none");
        }
        List<RemoteFile> weights = weights(uri, all);
        Stream<RemoteFile> small = all.stream().filter(file -> SMALL.contains(file.name()));
        List<RemoteFile> chosen = Stream.concat(small, weights.stream()).toList();
        chosen.forEach(file -> requireBounded(uri, file));
        return chosen;
    }

    private static void requireBounded(String uri, RemoteFile file) {
        if (file.size() < 0) {
            throw unusable(uri, file.name(), "expected its size in the list of files, found none");
        }
        long most = Limits.bytes(file);
        if (file.size() > most) {
            throw Limits.exceeded(uri, file.name(), "bytes", most, Long.toString(file.size()));
        }
    }

    private static List<RemoteFile> weights(String uri, List<RemoteFile> all) {
        List<RemoteFile> whole = matching(all, WHOLE::equals);
        if (!whole.isEmpty()) {
            return whole;
        }
        List<RemoteFile> index = matching(all, INDEX::equals);
        if (index.isEmpty()) {
            throw unusable(uri, "", weightsMissing(all));
        }
        List<RemoteFile> shards = matching(all, SHARD.asMatchPredicate());
        List<RemoteFile> taken =
                shards.isEmpty() ? matching(all, WEIGHTS.asMatchPredicate()) : shards;
        if (taken.size() > Limits.SHARDS) {
            throw Limits.exceeded(uri, "", "shards", Limits.SHARDS, Integer.toString(taken.size()));
        }
        return Stream.concat(index.stream(), taken.stream()).toList();
    }

    private static List<RemoteFile> matching(List<RemoteFile> all, Predicate<String> name) {
        return all.stream().filter(file -> name.test(file.name())).toList();
    }

    private static String weightsMissing(List<RemoteFile> all) {
        String expected = "expected " + WHOLE + " or " + INDEX + ", found ";
        return all.stream()
                .map(RemoteFile::name)
                .filter(PICKLE.asMatchPredicate())
                .findFirst()
                .map(
                        file ->
                                expected
                                        + "only '"
                                        + file
                                        + "'; pickle files can run code and are never read: convert"
                                        + " the model to safetensors, for example with"
                                        + " save_pretrained(..., safe_serialization=True)")
                .orElse(expected + "neither");
    }

    private static ModelSourceException unusable(String uri, String file, String detail) {
        return new ModelSourceException(Kind.UNUSABLE, uri, file, detail);
    }
}
