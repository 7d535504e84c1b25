package io.sparsemesh.sources;

import io.sparsemesh.sources.ModelSourceException.Kind;

/// What is fetched of a model, and how long a list of files may be. A file is as long as its
/// readers take it, which the checkpoint's limits and the tokenizer's say: what would be refused
/// when it is read is not fetched. `RemoteLimitsTest` of the gateway holds both to each other.
final class Limits {

    static final long CONFIG_BYTES = 1 << 20;
    static final long INDEX_BYTES = 16 << 20;
    static final long TOKENIZER_BYTES = 256 << 20;

    /// Of files that are not read, but belong to the model's folder.
    static final long OTHER_BYTES = 16 << 20;

    /// Of one file, and of all files of a model together.
    static final long HEADER_BYTES = 16 << 20;

    /// More than any file of the Hub or object of a bucket that is a shard; below what file systems
    /// take as the length of a file with a hole.
    static final long WEIGHTS_BYTES = 1L << 40;

    static final int SHARDS = 4_096;

    /// Of a listing, all its pages together.
    static final int LISTING_BYTES = 16 << 20;

    /// Of a listing, also those that are not fetched.
    static final int LISTING_ENTRIES = 65_536;

    /// Of a bucket's listing; may be nearly empty where much was deleted.
    static final int LISTING_PAGES = 1_024;

    private Limits() {}

    /// The greatest length of a file that is fetched.
    static long bytes(RemoteFile file) {
        return switch (file.name()) {
            case "config.json" -> CONFIG_BYTES;
            case "model.safetensors.index.json" -> INDEX_BYTES;
            case "tokenizer.json", "vocab.json", "merges.txt", "tokenizer.model" -> TOKENIZER_BYTES;
            default -> file.isWeights() ? WEIGHTS_BYTES : OTHER_BYTES;
        };
    }

    static ModelSourceException exceeded(
            String uri, String file, String what, long most, String found) {
        return new ModelSourceException(
                Kind.UNUSABLE,
                uri,
                file,
                "expected at most %d %s, found %s".formatted(most, what, found));
    }
}
