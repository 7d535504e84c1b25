package io.sparsemesh.deploy.mesh;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The way to a server on loopback, which can be cut while both ends live.
final class Cable implements AutoCloseable {

    private final ServerSocket entrance;
    private final int port;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private boolean whole = true;

    private Cable(ServerSocket entrance, int port) {
        this.entrance = entrance;
        this.port = port;
    }

    /// @param server `http://127.0.0.1:PORT`
    static Cable to(URI server) throws IOException {
        ServerSocket entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Cable cable = new Cable(entrance, server.getPort());
        Thread.ofVirtual().name("cable").start(cable::accept);
        return cable;
    }

    /// Where the server is found through the cable.
    URI address() {
        return URI.create("http://127.0.0.1:" + entrance.getLocalPort());
    }

    /// Breaks every connection, and refuses others until [#mend].
    synchronized void cut() {
        whole = false;
        open.forEach(Cable::close);
        open.clear();
    }

    synchronized void mend() {
        whole = true;
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                join(entrance.accept());
            } catch (IOException e) {
                // The cable is closed, or the server is away: the client sees its connection end.
            }
        }
    }

    private synchronized void join(Socket client) throws IOException {
        if (!whole) {
            close(client);
            return;
        }
        Socket server;
        try {
            server = new Socket(InetAddress.getLoopbackAddress(), port);
        } catch (IOException e) {
            close(client);
            throw e;
        }
        open.add(client);
        open.add(server);
        Thread.ofVirtual().start(() -> carry(client, server));
        Thread.ofVirtual().start(() -> carry(server, client));
    }

    private void carry(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // One of the ends left; the other is closed with it.
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("a socket of loopback cannot be closed", e);
        }
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        cut();
    }
}
