package io.sparsemesh.cuda;

import io.sparsemesh.cuda.driver.CudaContext;
import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.cuda.driver.Module;
import io.sparsemesh.cuda.nvrtc.Nvrtc;
import io.sparsemesh.engine.device.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The device's own kernels: one source a family, compiled when the first of its kernels is asked
/// for, or before by [#prepare].
final class Kernels {

    /// What stands before each source.
    private static final String PRELUDE = "device.h";

    /// What stands before some of them besides.
    private static final Map<String, String> BEFORE =
            Map.of(BlockPruner.SOURCE, CudaCut.SOURCE, Dropper.SOURCE, CudaCut.SOURCE);

    /// All sources, those first that a calibration needs, then those of a solve.
    static final List<String> SOURCES =
            List.of(
                    "neural.cu",
                    "matrix.cu",
                    "attention.cu",
                    "rows.cu",
                    CudaFactor.SOURCE,
                    BlockPruner.SOURCE,
                    Dropper.SOURCE,
                    "conjugate.cu");

    private final CudaContext context;
    private final KernelCache cache;
    private final Map<String, Lazy> images = new ConcurrentHashMap<>();
    private final Map<String, Module> modules = new HashMap<>();

    /// @param kept whether it was compiled by an earlier process
    private record Image(byte[] cubin, boolean kept) {}

    Kernels(CudaContext context) {
        this.context = context;
        cache = new KernelCache(new Nvrtc(), context.facts().architecture());
    }

    /// The kernel of that name out of that source.
    synchronized Kernel kernel(String source, String name) {
        return modules.computeIfAbsent(source, this::load).kernel(name);
    }

    /// A source's image, made by whoever asks first; others wait for it.
    private final class Lazy {
        private final String source;
        private Image image;

        Lazy(String source) {
            this.source = source;
        }

        synchronized Image get() {
            if (image == null) {
                String whole = whole(source);
                image =
                        cache.kept(source, whole)
                                .map(cubin -> new Image(cubin, true))
                                .orElseGet(() -> new Image(cache.compiled(source, whole), false));
            }
            return image;
        }
    }

    /// Compiles all sources on a thread of its own, one after the other. Whoever asks for a kernel
    /// meanwhile waits for its source alone.
    ///
    /// @return the thread, which ends when all are compiled
    Thread prepare() {
        return Thread.ofPlatform().daemon().name("cuda-kernels").start(this::compileAll);
    }

    private void compileAll() {
        try {
            SOURCES.forEach(this::image);
        } catch (DeviceException e) {
            // Thrown again to whoever needs a kernel.
            System.getLogger(Kernels.class.getName())
                    .log(System.Logger.Level.DEBUG, "kernels not prepared", e);
        }
    }

    private Image image(String source) {
        return images.computeIfAbsent(source, Lazy::new).get();
    }

    private Module load(String source) {
        Image image = image(source);
        try {
            return new Module(context, image.cubin());
        } catch (DeviceException e) {
            if (!image.kept()) {
                throw e;
            }
            // What is kept may be damaged.
            return new Module(context, cache.compiled(source, whole(source)));
        }
    }

    /// A source as it is compiled.
    static String whole(String source) {
        String before = BEFORE.containsKey(source) ? text(BEFORE.get(source)) : "";
        return text(PRELUDE) + before + text(source);
    }

    private static String text(String source) {
        try (InputStream stream = Kernels.class.getResourceAsStream("kernels/" + source)) {
            if (stream == null) {
                throw new IllegalStateException("no kernels " + source);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
