package io.sparsemesh.worker;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.engine.cache.ModelCache;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.sources.ModelSources;
import io.sparsemesh.sources.SourceSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Requests of tests, and places to run them.
final class Jobs {

    private static final Path SHARED = Path.of(System.getProperty("sparsemesh.shared"));

    private Jobs() {}

    static Path shared(String path) {
        Path found = SHARED.resolve(path).toAbsolutePath().normalize();
        assumeTrue(Files.exists(found), found + " is not there");
        return found;
    }

    /// @param pattern a share, or `n:m`
    static Method method(MethodName name, String pattern, Propagation propagation) {
        return method(name, pattern, propagation, 0, Integer.MAX_VALUE);
    }

    static Method method(
            MethodName name, String pattern, Propagation propagation, int first, int last) {
        boolean share = !pattern.contains(":");
        return new Method(
                name,
                share ? Double.valueOf(pattern) : null,
                share ? null : pattern,
                128,
                0.01,
                false,
                propagation,
                List.of("re:.*"),
                List.of(),
                first,
                last);
    }

    static Calibration calibration(Path source, int samples, int length) {
        String uri = source.toUri().toString();
        boolean ids = uri.endsWith(".safetensors");
        return new Calibration(
                ids ? new TextSource(uri, "calib") : TextSource.text(uri), samples, length, 0);
    }

    static JobRequest request(Path model, Method method, Calibration calibration, Path output) {
        return new JobRequest(
                model.toUri().toString(),
                "main",
                method,
                calibration,
                new Evaluation(false, List.of(), List.of()),
                new Output(output.toUri().toString(), "dense"),
                FallbackPolicy.DEGRADE,
                0,
                Map.of());
    }

    /// A workplace that closes what it opens.
    record Place(Device device, ModelCache models, Workplace place) implements AutoCloseable {

        static Place open(int threads, Path store) {
            return on(Devices.open("cpu", threads), store);
        }

        /// @param device closed with the place
        static Place on(Device device, Path store) {
            return on(device, new DirectoryArtifactStore(store));
        }

        /// @param device closed with the place
        static Place on(Device device, ArtifactStore store) {
            return on(device, store, OutputBuckets.none());
        }

        /// @param device closed with the place
        static Place on(Device device, ArtifactStore store, OutputBuckets outputs) {
            ModelCache models = new ModelCache(device, 1, Long.MAX_VALUE);
            return new Place(
                    device,
                    models,
                    new Workplace(
                            device,
                            models,
                            store,
                            new FileRoots(List.of()),
                            new ModelSources(SourceSettings.none()),
                            outputs));
        }

        @Override
        public void close() {
            models.close();
            device.close();
        }
    }
}
