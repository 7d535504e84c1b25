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
import java.util.Map;
import java.util.Optional;

/// The device's own kernels: one source a family, compiled when the first of its kernels is asked
/// for.
final class Kernels {

    /// What stands before each source.
    private static final String PRELUDE = "device.h";

    /// What stands before some of them besides.
    private static final Map<String, String> BEFORE =
            Map.of(BlockPruner.SOURCE, CudaCut.SOURCE, Dropper.SOURCE, CudaCut.SOURCE);

    private final CudaContext context;
    private final KernelCache cache;
    private final Map<String, Module> modules = new HashMap<>();

    Kernels(CudaContext context) {
        this.context = context;
        cache = new KernelCache(new Nvrtc(), context.facts().architecture());
    }

    /// The kernel of that name out of that source.
    synchronized Kernel kernel(String source, String name) {
        return modules.computeIfAbsent(source, this::load).kernel(name);
    }

    private Module load(String source) {
        String whole = whole(source);
        return cache.kept(source, whole)
                .flatMap(this::loadKept)
                .orElseGet(() -> new Module(context, cache.compiled(source, whole)));
    }

    /// What is kept may be damaged: then it is compiled anew.
    private Optional<Module> loadKept(byte[] image) {
        try {
            return Optional.of(new Module(context, image));
        } catch (DeviceException e) {
            return Optional.empty();
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
