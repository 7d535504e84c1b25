package io.sparsemesh.engine.tokenizer;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// The Hugging Face tokenizers library, out of its jar. It is unpacked to a folder of this process
/// alone, which is removed as soon as the library is loaded; nothing is downloaded and nothing
/// reported home.
public final class NativeTokenizers {

    private static final String CACHE = "ENGINE_CACHE_DIR";
    private static final String JNA_FOLDER = "jna.tmpdir";
    private static final String OFFLINE = "ai.djl.offline";
    private static final String NO_TRACKING = "OPT_OUT_TRACKING";

    private NativeTokenizers() {}

    private static final class Holder {
        private static final TokenizersLibrary LIBRARY = load();
    }

    /// Loads the library, for who wants to know whether that works.
    ///
    /// @throws IllegalStateException when it cannot be loaded on this machine
    public static void require() {
        get();
    }

    /// The library, loaded on first use.
    ///
    /// @throws IllegalStateException when it cannot be loaded on this machine
    static TokenizersLibrary get() {
        try {
            return Holder.LIBRARY;
        } catch (LinkageError e) {
            throw new IllegalStateException(
                    "the tokenizers library cannot be loaded on %s %s: %s"
                            .formatted(
                                    System.getProperty("os.name"),
                                    System.getProperty("os.arch"),
                                    rootCause(e)),
                    e);
        }
    }

    private static TokenizersLibrary load() {
        System.setProperty(OFFLINE, "true");
        System.setProperty(NO_TRACKING, "true");
        if (System.getenv(CACHE) != null || System.getProperty(CACHE) != null) {
            LibUtils.checkStatus();
            return TokenizersLibrary.LIB;
        }
        try {
            loadFromFolderOfOurOwn();
            return TokenizersLibrary.LIB;
        } catch (IOException e) {
            throw new IllegalStateException("no folder to unpack the tokenizers library to", e);
        }
    }

    private static void loadFromFolderOfOurOwn() throws IOException {
        Path folder = Files.createTempDirectory("sparsemesh-tokenizers");
        String jnaFolder = System.getProperty(JNA_FOLDER);
        System.setProperty(CACHE, folder.toString());
        // Looking for a platform it unpacks a second library.
        System.setProperty(JNA_FOLDER, folder.toString());
        try {
            LibUtils.checkStatus();
        } finally {
            System.clearProperty(CACHE);
            restore(JNA_FOLDER, jnaFolder);
            delete(folder);
        }
    }

    private static void restore(String property, String value) {
        if (value == null) {
            System.clearProperty(property);
        } else {
            System.setProperty(property, value);
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> paths = Files.walk(folder)) {
            deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.delete(path);
        }
    }

    private static Throwable rootCause(Throwable e) {
        return e.getCause() == null ? e : rootCause(e.getCause());
    }
}
