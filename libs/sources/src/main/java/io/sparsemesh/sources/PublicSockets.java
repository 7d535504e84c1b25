package io.sparsemesh.sources;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;

/// TLS connections to public addresses only. The address is judged when the socket connects to it,
/// so that a name that resolves to one address when it is judged and to another when it is asked
/// gains nothing. For [HttpsURLConnection], which takes an unconnected socket, connects it, and
/// puts TLS on top under the name it was asked for: certificates are checked as ever.
///
/// A connection through a proxy does not come here: the proxy resolves the name, and has to judge.
public final class PublicSockets extends SSLSocketFactory {

    /// One for all, as kept connections are found again by their factory.
    private static final PublicSockets SHARED =
            new PublicSockets(HttpsURLConnection.getDefaultSSLSocketFactory(), PublicNet::holds);

    private final SSLSocketFactory tls;
    private final Predicate<InetAddress> judge;

    PublicSockets(SSLSocketFactory tls, Predicate<InetAddress> judge) {
        this.tls = tls;
        this.judge = judge;
    }

    /// With the certificates that Java trusts.
    public static PublicSockets shared() {
        return SHARED;
    }

    /// Judges where it is about to connect to.
    private static final class JudgedSocket extends Socket {

        private final Predicate<InetAddress> judge;

        JudgedSocket(Predicate<InetAddress> judge) {
            this.judge = judge;
        }

        @Override
        public void connect(SocketAddress endpoint) throws IOException {
            connect(endpoint, 0);
        }

        /// The message does not tell the address: it is for users, who need not know how names
        /// resolve in here.
        @Override
        public void connect(SocketAddress endpoint, int timeout) throws IOException {
            if (endpoint instanceof InetSocketAddress inet
                    && !inet.isUnresolved()
                    && !judge.test(inet.getAddress())) {
                close();
                throw new IOException(
                        "expected a public address, found another for " + inet.getHostString());
            }
            super.connect(endpoint, timeout);
        }
    }

    @Override
    public Socket createSocket() {
        return new JudgedSocket(judge);
    }

    @Override
    public Socket createSocket(Socket connected, String host, int port, boolean autoClose)
            throws IOException {
        return tls.createSocket(connected, host, port, autoClose);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port), host, Optional.empty());
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(
                new InetSocketAddress(host, port), host.getHostAddress(), Optional.empty());
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
            throws IOException {
        InetSocketAddress local = new InetSocketAddress(localHost, localPort);
        return connected(new InetSocketAddress(host, port), host, Optional.of(local));
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
            throws IOException {
        InetSocketAddress local = new InetSocketAddress(localHost, localPort);
        InetSocketAddress address = new InetSocketAddress(host, port);
        return connected(address, host.getHostAddress(), Optional.of(local));
    }

    private Socket connected(
            InetSocketAddress address, String host, Optional<InetSocketAddress> local)
            throws IOException {
        Socket socket = createSocket();
        try {
            if (local.isPresent()) {
                socket.bind(local.get());
            }
            socket.connect(address);
            return tls.createSocket(socket, host, address.getPort(), true);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return tls.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return tls.getSupportedCipherSuites();
    }
}
