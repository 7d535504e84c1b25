package io.sparsemesh.deploy.mesh;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The way to a server on loopback, which can be cut, blocked and made slow while both ends live.
final class Cable implements AutoCloseable {

    private static final int PIECE = 64 * 1024;

    private final ServerSocket entrance;
    private final int port;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private boolean whole = true;
    private boolean blocked;
    private Duration delay = Duration.ZERO;

    private Cable(ServerSocket entrance, int port) {
        this.entrance = entrance;
        this.port = port;
    }

    /// @param server `http://127.0.0.1:PORT`
    static Cable to(URI server) throws IOException {
        return to(server.getPort());
    }

    /// @param port of the server on 127.0.0.1
    static Cable to(int port) throws IOException {
        ServerSocket entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Cable cable = new Cable(entrance, port);
        Thread.ofVirtual().name("cable").start(cable::accept);
        return cable;
    }

    /// Where the server is found through the cable.
    URI address() {
        return URI.create("http://127.0.0.1:" + port());
    }

    int port() {
        return entrance.getLocalPort();
    }

    /// Breaks every connection, and refuses others until [#mend].
    synchronized void cut() {
        whole = false;
        reset();
    }

    /// Breaks every connection; others may be made at once. Neither end is told that the other one
    /// has left in order.
    synchronized void reset() {
        open.forEach(Cable::abort);
        open.clear();
    }

    /// Carries nothing until [#mend], and tells neither end: a network that is parted.
    synchronized void block() {
        blocked = true;
    }

    /// Each piece of what is sent takes this time more until [#mend].
    synchronized void slow(Duration each) {
        delay = each;
    }

    synchronized void mend() {
        whole = true;
        blocked = false;
        delay = Duration.ZERO;
        notifyAll();
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
            abort(client);
            return;
        }
        Socket server;
        try {
            server = new Socket(InetAddress.getLoopbackAddress(), port);
        } catch (IOException e) {
            abort(client);
            throw e;
        }
        open.add(client);
        open.add(server);
        Thread.ofVirtual().start(() -> carry(client, server));
        Thread.ofVirtual().start(() -> carry(server, client));
    }

    private void carry(Socket from, Socket to) {
        byte[] piece = new byte[PIECE];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                Thread.sleep(passable());
                out.write(piece, 0, n);
            }
        } catch (IOException e) {
            // One of the ends left; the other is closed with it.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    /// Waits while the cable is blocked.
    private synchronized Duration passable() throws InterruptedException {
        while (blocked) {
            wait();
        }
        return delay;
    }

    private static void abort(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // One of the ends has closed it meanwhile.
        }
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        cut();
        mend();
    }
}
