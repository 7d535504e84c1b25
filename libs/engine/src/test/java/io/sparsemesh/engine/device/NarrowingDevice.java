package io.sparsemesh.engine.device;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;

/// A device that can be had with each type of operands, notes which operation was asked for with
/// which, and computes as another device does.
public final class NarrowingDevice extends WrappedDevice {

    private final Device to;
    private final Operands operands;
    private final Set<String> asked;
    private final long batchTokens;

    /// @param to computes; closed with this one
    public NarrowingDevice(Device to, long batchTokens) {
        this(to, Operands.F32, new ConcurrentSkipListSet<>(), batchTokens);
    }

    private NarrowingDevice(Device to, Operands operands, Set<String> asked, long batchTokens) {
        super(to);
        this.to = to;
        this.operands = operands;
        this.asked = asked;
        this.batchTokens = batchTokens;
    }

    /// The types of operands that an operation was asked for with, such as `addGramUpper`.
    public Set<Operands> operandsOf(String operation) {
        Set<Operands> found = new TreeSet<>();
        for (Operands type : Operands.values()) {
            if (asked.contains(operation + " " + type)) {
                found.add(type);
            }
        }
        return found;
    }

    @Override
    public String name() {
        return "narrowing: " + to.name();
    }

    @Override
    public long batchTokens() {
        return batchTokens;
    }

    @Override
    public Device with(Operands narrow) {
        return new NarrowingDevice(to, narrow, asked, batchTokens);
    }

    @Override
    public Blas blas() {
        return noting(Blas.class, to.blas());
    }

    @Override
    public NeuralOps neural() {
        return noting(NeuralOps.class, to.neural());
    }

    @Override
    public PruningOps pruning() {
        return noting(PruningOps.class, to.pruning());
    }

    private <T> T noting(Class<T> type, T operations) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (_, method, arguments) -> {
                            asked.add(method.getName() + " " + operands);
                            try {
                                return method.invoke(operations, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        }));
    }

    @Override
    public void close() {
        if (operands == Operands.F32) {
            to.close();
        }
    }
}
