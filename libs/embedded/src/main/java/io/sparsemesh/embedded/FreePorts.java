package io.sparsemesh.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Ports of the loopback interface that nobody listens on.
public final class FreePorts {
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private FreePorts() {}

    /// Returns a free port of 127.0.0.1 that this method has not returned before. Nothing
    /// reserves it: another process may take it before the caller does.
    ///
    /// @throws UncheckedIOException if the system has no free port
    public static int next() {
        while (true) {
            int port = probe(0);
            if (GIVEN.add(port)) {
                return port;
            }
        }
    }

    /// Tells whether nobody listens on a port of 127.0.0.1.
    public static boolean isFree(int port) {
        try {
            return probe(port) == port;
        } catch (UncheckedIOException taken) {
            return false;
        }
    }

    private static int probe(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("no free port on 127.0.0.1 (asked for " + port + ")", e);
        }
    }
}
