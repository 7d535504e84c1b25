package io.sparsemesh.cuda.driver;

import java.util.HashMap;
import java.util.Map;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/// Compiled kernels, loaded on a device. Unloaded with its context.
public final class Module {

    private final CudaContext context;
    private final CUmodule module = new CUmodule();
    private final Map<String, Kernel> kernels = new HashMap<>();

    /// @param image a cubin, or PTX that ends with a 0
    public Module(CudaContext context, byte[] image) {
        this.context = context;
        context.enter();
        Status.check("cuModuleLoadData", JCudaDriver.cuModuleLoadData(module, image));
    }

    /// The kernel of that name.
    public synchronized Kernel kernel(String name) {
        return kernels.computeIfAbsent(name, this::find);
    }

    private Kernel find(String name) {
        context.enter();
        Kernel.Function function = new Kernel.Function();
        Status.check(
                "cuModuleGetFunction " + name,
                JCudaDriver.cuModuleGetFunction(function, module, name));
        return new Kernel(context, name, function);
    }
}
