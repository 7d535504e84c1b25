package io.sparsemesh.deploy.doctor;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;

/// Java, operating system, processors, memory.
final class MachineChecks {
    private static final int JAVA = 25;
    private static final long GIB = 1L << 30;

    /// What `dev` with one worker takes, with room for a small model.
    private static final long MEMORY = 3 * GIB;

    private MachineChecks() {}

    static List<Check> all() {
        OperatingSystemMXBean system =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return List.of(
                java(Runtime.version().feature(), System.getProperty("java.home")),
                system(System.getProperty("os.name"), System.getProperty("os.arch")),
                memory(system.getTotalMemorySize(), system.getFreeMemorySize()));
    }

    static Check java(int feature, String home) {
        String found = "Java %d in %s".formatted(feature, home);
        return feature == JAVA
                ? Check.ok("java", found)
                : Check.fail(
                        "java",
                        found,
                        "install a JDK 25, such as Eclipse Temurin, and set JAVA_HOME to it");
    }

    static Check system(String name, String processor) {
        String found = "%s on %s".formatted(name, processor);
        return name.equals("Linux") && processor.equals("amd64")
                ? Check.ok("system", found)
                : Check.warn(
                        "system",
                        found,
                        "only Linux on x86-64 is tested; expect missing libraries");
    }

    /// Memory that the system uses for files counts as taken here, so only the total decides.
    static Check memory(long total, long free) {
        String found =
                "%.1f GiB, %.1f GiB free".formatted((double) total / GIB, (double) free / GIB);
        return total >= MEMORY
                ? Check.ok("memory", found)
                : Check.warn(
                        "memory",
                        found,
                        "`./sparsemesh dev` takes about 3 GiB: close other programs, or expect"
                                + " processes to be killed");
    }
}
