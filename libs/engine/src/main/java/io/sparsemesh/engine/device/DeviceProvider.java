package io.sparsemesh.engine.device;

/// A kind of device, found by [java.util.ServiceLoader].
public interface DeviceProvider {

    /// The name a configuration asks for, such as `cuda`.
    String kind();

    /// Opens the device; the caller closes it.
    ///
    /// @param threads number of threads an operation may use on the host
    /// @throws DeviceException when the device cannot be used here, with the reason
    Device open(int threads);
}
