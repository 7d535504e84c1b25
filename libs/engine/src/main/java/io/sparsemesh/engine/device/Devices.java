package io.sparsemesh.engine.device;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Opens devices by the name of their kind. The kind asked for is opened or refused; none stands
/// in for another, unless [#AUTO] leaves the choice to this machine.
public final class Devices {

    /// The kind that leaves the choice: the first of the kinds that modules bring, by name, that
    /// can be opened here, else `cpu`.
    public static final String AUTO = "auto";

    private static final String CPU = "cpu";
    private static final String NAIVE = "naive";

    private Devices() {}

    /// A device that was opened, and what was not.
    ///
    /// @param passedOver why each kind that [#AUTO] tried first could not be opened, in the order
    ///     tried; empty where a kind was asked for
    public record Choice(Device device, List<String> passedOver) {

        public Choice {
            passedOver = List.copyOf(passedOver);
        }

        /// What was chosen and why, such as `cpu: AMD EPYC, OpenBLAS 0.3.31; not cuda: [open cuda]
        /// libcuda: expected one of ...`.
        public String reasons() {
            return Stream.concat(Stream.of(device.name()), passedOver.stream())
                    .collect(Collectors.joining("; "));
        }
    }

    /// The device of [#choose].
    public static Device open(String kind, int threads) {
        return choose(kind, threads).device();
    }

    /// Opens a device; the caller closes it.
    ///
    /// @param kind `cpu`, `naive`, the kind of a [DeviceProvider] on the class path, or [#AUTO]
    /// @param threads number of threads an operation may use, at least 1
    /// @throws DeviceException when there is no such kind, naming those there are, or when the
    ///     device cannot be used on this machine
    public static Choice choose(String kind, int threads) {
        return choose(kind, threads, found());
    }

    /// @param found what modules bring
    static Choice choose(String kind, int threads, SortedMap<String, DeviceProvider> found) {
        return kind.equals(AUTO)
                ? best(threads, found)
                : new Choice(provider(kind, found).open(threads), List.of());
    }

    private static Choice best(int threads, SortedMap<String, DeviceProvider> found) {
        List<String> passedOver = new ArrayList<>();
        for (DeviceProvider provider : found.values()) {
            try {
                return new Choice(provider.open(threads), passedOver);
            } catch (DeviceException e) {
                passedOver.add("not %s: %s".formatted(provider.kind(), e.getMessage()));
            }
        }
        return new Choice(new CpuDevice(threads), passedOver);
    }

    private static DeviceProvider provider(String kind, SortedMap<String, DeviceProvider> found) {
        SortedMap<String, DeviceProvider> providers = new TreeMap<>(found);
        providers.put(CPU, new Cpu());
        providers.put(NAIVE, new Naive());
        DeviceProvider provider = providers.get(kind);
        if (provider == null) {
            SortedSet<String> kinds = new TreeSet<>(providers.keySet());
            kinds.add(AUTO);
            throw new DeviceException(
                    "open " + kind, 0, "expected one of %s, found '%s'".formatted(kinds, kind));
        }
        return provider;
    }

    private static SortedMap<String, DeviceProvider> found() {
        SortedMap<String, DeviceProvider> found = new TreeMap<>();
        for (DeviceProvider provider : ServiceLoader.load(DeviceProvider.class)) {
            found.put(provider.kind(), provider);
        }
        return found;
    }

    private record Cpu() implements DeviceProvider {
        @Override
        public String kind() {
            return CPU;
        }

        @Override
        public Device open(int threads) {
            return new CpuDevice(threads);
        }
    }

    private record Naive() implements DeviceProvider {
        @Override
        public String kind() {
            return NAIVE;
        }

        @Override
        public Device open(int threads) {
            return new NaiveDevice();
        }
    }
}
