package io.sparsemesh.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// One kernel at a time, under JMH; public because JMH's generated code calls it.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class KernelBenchmark {

    @Param public Kernel kernel;

    @Param({"768", "2048"})
    public int size;

    @Param("2")
    public int threads;

    @Param("cpu")
    public String device;

    private KernelProblem problem;

    @Setup
    public void open() {
        problem = new KernelProblem(device, threads, size);
    }

    @TearDown
    public void close() {
        problem.close();
    }

    @Benchmark
    public double run() {
        return kernel.run(problem);
    }
}
