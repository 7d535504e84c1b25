package io.sparsemesh.engine.tokenizer;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.sparsemesh.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// The tokenizer of a model folder: `tokenizer.json`, or the `vocab.json` and `merges.txt` of a
/// byte-level BPE as the public OPT folders have them. Neither truncates nor pads, whatever the
/// files say.
///
/// Safe to use from many threads; must not be closed while one is encoding.
public final class Tokenizer implements AutoCloseable {

    private static final String JSON = "tokenizer.json";
    private static final long LARGEST_FILE = 256L << 20;

    private final TokenizersLibrary library;
    private final long handle;
    private final String file;
    private boolean closed;

    private Tokenizer(TokenizersLibrary library, long handle, String file) {
        this.library = library;
        this.handle = handle;
        this.file = file;
    }

    /// Whether the folder has a tokenizer that [#open] looks for.
    public static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve(JSON)) || BytePairFiles.areIn(folder);
    }

    /// Opens the tokenizer of a model folder.
    ///
    /// @throws CheckpointException when the folder has none, or its files cannot be understood
    public static Tokenizer open(Path folder) {
        if (Files.isRegularFile(folder.resolve(JSON))) {
            return ofJson(JSON, read(folder.resolve(JSON)));
        }
        if (BytePairFiles.areIn(folder)) {
            return ofJson(BytePairFiles.VOCABULARY, BytePairFiles.toTokenizerJson(folder));
        }
        throw new CheckpointException(
                folder.getFileName().toString(),
                "",
                "expected a tokenizer, tokenizer.json or vocab.json with merges.txt, found none;"
                        + " texts need one, sources of token ids do not");
    }

    private static Tokenizer ofJson(String file, String json) {
        TokenizerCheck.require(file, json);
        TokenizersLibrary library = NativeTokenizers.get();
        try {
            long handle = library.createTokenizerFromString(json);
            library.disableTruncation(handle);
            library.disablePadding(handle);
            return new Tokenizer(library, handle, file);
        } catch (RuntimeException e) {
            throw new CheckpointException(file, "", "not a tokenizer: " + e.getMessage(), e);
        }
    }

    static String read(Path file) {
        try {
            long size = Files.size(file);
            if (size > LARGEST_FILE) {
                throw new CheckpointException(
                        file.getFileName().toString(),
                        "",
                        "expected at most %d bytes, found %d".formatted(LARGEST_FILE, size));
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new CheckpointException(
                    file.getFileName().toString(), "", "cannot be read: " + e, e);
        }
    }

    /// Token ids of a text.
    ///
    /// @param withSpecials whether the tokenizer puts its special tokens around, such as OPT's
    ///     `</s>` before every text
    /// @throws IllegalArgumentException when the text is not valid Unicode
    /// @throws CheckpointException when the tokenizer fails on it
    public int[] encode(String text, boolean withSpecials) {
        if (closed) {
            throw new IllegalStateException("the tokenizer is closed");
        }
        requireUnicode(text);
        long encoding = encoded(text, withSpecials);
        try {
            return Arrays.stream(library.getTokenIds(encoding)).mapToInt(this::id).toArray();
        } finally {
            library.deleteEncoding(encoding);
        }
    }

    private int id(long id) {
        if (id < 0 || id > Integer.MAX_VALUE) {
            throw new CheckpointException(
                    file, "", "expected token ids below 2^31, found " + Long.toUnsignedString(id));
        }
        return (int) id;
    }

    /// Some faults show only here, such as an unknown token that the vocabulary lacks.
    private long encoded(String text, boolean withSpecials) {
        try {
            return library.encode(handle, text, withSpecials);
        } catch (RuntimeException e) {
            throw new CheckpointException(file, "", "cannot encode: " + e.getMessage(), e);
        }
    }

    private static void requireUnicode(String text) {
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int point = text.codePointAt(i);
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                throw new IllegalArgumentException(
                        "text: expected Unicode, found half a surrogate pair at %d".formatted(i));
            }
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            library.deleteTokenizer(handle);
        }
    }
}
