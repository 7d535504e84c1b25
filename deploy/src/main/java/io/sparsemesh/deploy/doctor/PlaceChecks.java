package io.sparsemesh.deploy.doctor;

import io.sparsemesh.embedded.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The port, and room on the disk.
final class PlaceChecks {
    private static final long MIB = 1L << 20;
    private static final long PLENTY = 2048 * MIB;

    /// The broker, the database and the demo model's artifacts.
    private static final long LEAST = 300 * MIB;

    private PlaceChecks() {}

    static List<Check> all(Patient patient) {
        return List.of(port(patient.port(), patient.gateway().base().getPort()), disk(patient));
    }

    /// @param gatewayPort of the gateway that is asked for next
    static Check port(int port, int gatewayPort) {
        if (FreePorts.isFree(port)) {
            return Check.ok("port", port + " is free");
        }
        return Check.warn(
                "port",
                port + " is taken",
                port == gatewayPort
                        ? "fine if the gateway below answers; else `./sparsemesh dev --port P`"
                        : "`./sparsemesh dev --port P` takes another");
    }

    private static Check disk(Patient patient) {
        Path existing = patient.data().toAbsolutePath();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            return disk(existing, Files.getFileStore(existing).getUsableSpace());
        } catch (IOException e) {
            return Check.fail("disk", existing + ": " + e.getMessage(), "choose another --data");
        }
    }

    static Check disk(Path folder, long room) {
        String found = "%s has room for %d MiB".formatted(folder, room / MIB);
        if (!Files.isWritable(folder)) {
            return Check.fail("disk", folder + " is not writable", "choose another --data");
        }
        if (room < LEAST) {
            return Check.fail("disk", found, "make room, or choose another --data");
        }
        return room < PLENTY
                ? Check.warn(
                        "disk",
                        found,
                        "enough for the demo; a job takes about twice its model's size")
                : Check.ok("disk", found);
    }
}
