package io.sparsemesh.embedded;

import java.nio.file.Files;
import java.nio.file.Path;

/// Main class of the broker's own process: formats the storage on the first start, then runs
/// the broker. One JVM for both saves a second of start-up. Loaded with the broker's class
/// path, never by consumers.
final class BrokerMain {
    private BrokerMain() {}

    /// @param args the broker's properties file, its log directory, the cluster id
    public static void main(String[] args) {
        if (!Files.exists(Path.of(args[1], "meta.properties"))) {
            int status =
                    kafka.tools.StorageTool.execute(
                            new String[] {
                                "format", "--ignore-formatted", "-t", args[2], "-c", args[0]
                            },
                            System.out);
            if (status != 0) {
                System.exit(status);
            }
        }
        kafka.Kafka.main(new String[] {args[0]});
    }
}
