package io.sparsemesh.deploy.mesh;

import java.util.List;

/// How a service's JVM is sized. All use the serial collector: it needs the least memory and
/// no threads of its own on a small machine.
enum Jvm {
    /// Mostly waits: compiled quickly, not well.
    LIGHT(List.of("-Xmx192m", "-XX:TieredStopAtLevel=1")),
    /// Computes: compiled well; tensors lie outside the heap.
    COMPUTE(List.of("-Xmx512m", "--add-modules=jdk.incubator.vector"));

    private static final List<String> COMMON =
            List.of(
                    "-Xms32m",
                    "-Xss512k",
                    "-XX:+UseSerialGC",
                    "-Xshare:auto",
                    "-XX:+UseCompactObjectHeaders",
                    "--enable-native-access=ALL-UNNAMED",
                    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager");

    private final List<String> flags;

    Jvm(List<String> flags) {
        this.flags = flags;
    }

    List<String> flags() {
        return java.util.stream.Stream.concat(flags.stream(), COMMON.stream()).toList();
    }
}
