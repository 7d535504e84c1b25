package io.sparsemesh.engine.device;

import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/// Opens devices by the name of their kind. The kind asked for is opened or refused; none stands
/// in for another.
public final class Devices {

    private Devices() {}

    /// Opens a device; the caller closes it.
    ///
    /// @param kind `cpu`, `naive`, or the kind of a [DeviceProvider] on the class path
    /// @param threads number of threads an operation may use, at least 1
    /// @throws DeviceException when there is no such kind, naming those there are, or when the
    ///     device cannot be used on this machine
    public static Device open(String kind, int threads) {
        Map<String, DeviceProvider> providers = providers();
        DeviceProvider provider = providers.get(kind);
        if (provider == null) {
            throw new DeviceException(
                    "open " + kind,
                    0,
                    "expected one of %s, found '%s'".formatted(providers.keySet(), kind));
        }
        return provider.open(threads);
    }

    private static Map<String, DeviceProvider> providers() {
        Map<String, DeviceProvider> providers = new TreeMap<>();
        for (DeviceProvider provider : ServiceLoader.load(DeviceProvider.class)) {
            providers.put(provider.kind(), provider);
        }
        providers.put("cpu", new Cpu());
        providers.put("naive", new Naive());
        return providers;
    }

    private record Cpu() implements DeviceProvider {
        @Override
        public String kind() {
            return "cpu";
        }

        @Override
        public Device open(int threads) {
            return new CpuDevice(threads);
        }
    }

    private record Naive() implements DeviceProvider {
        @Override
        public String kind() {
            return "naive";
        }

        @Override
        public Device open(int threads) {
            return new NaiveDevice();
        }
    }
}
