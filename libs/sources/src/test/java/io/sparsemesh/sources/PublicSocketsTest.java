package io.sparsemesh.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against a server on loopback whose certificate is for `localhost` alone.
class PublicSocketsTest {

    private static final char[] PASSWORD = "loopback".toCharArray();

    @TempDir static Path folder;

    private final List<InetAddress> judged = new CopyOnWriteArrayList<>();
    private SSLContext tls;
    private HttpsServer server;

    @BeforeEach
    void serve() throws Exception {
        tls = context(store());
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        server.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(200, 2);
                    exchange.getResponseBody().write("ok".getBytes());
                    exchange.close();
                });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    /// Made by the JDK's own tool: Java has no public way to write a certificate.
    private static KeyStore store() throws Exception {
        Path file = folder.resolve("keys.p12");
        if (!Files.exists(file)) {
            Path tool = Path.of(System.getProperty("java.home"), "bin", "keytool");
            List<String> command =
                    List.of(
                            tool.toString(),
                            "-genkeypair",
                            "-keyalg",
                            "EC",
                            "-dname",
                            "CN=localhost",
                            "-ext",
                            "SAN=dns:localhost",
                            "-keystore",
                            file.toString(),
                            "-storepass",
                            new String(PASSWORD));
            int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
            assertThat(exit).as("exit of keytool").isZero();
        }
        return KeyStore.getInstance(file.toFile(), PASSWORD);
    }

    private static SSLContext context(KeyStore store) throws GeneralSecurityException {
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        TrustManagerFactory trusted =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore certificates = trusting(store);
        trusted.init(certificates);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }

    private static KeyStore trusting(KeyStore store) throws GeneralSecurityException {
        try {
            KeyStore certificates = KeyStore.getInstance("PKCS12");
            certificates.load(null, null);
            String alias = store.aliases().nextElement();
            certificates.setCertificateEntry(alias, store.getCertificate(alias));
            return certificates;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private PublicSockets judging(Predicate<InetAddress> judge) {
        return new PublicSockets(
                tls.getSocketFactory(),
                address -> {
                    judged.add(address);
                    return judge.test(address);
                });
    }

    private String get(String host, PublicSockets sockets) throws IOException {
        URI address = URI.create("https://%s:%d/".formatted(host, server.getAddress().getPort()));
        HttpsURLConnection connection = (HttpsURLConnection) address.toURL().openConnection();
        connection.setSSLSocketFactory(sockets);
        try (InputStream body = connection.getInputStream()) {
            return new String(body.readAllBytes());
        }
    }

    @Test
    void theAddressThatIsConnectedToIsTheOneThatIsJudged() throws IOException {
        assertThat(get("localhost", judging(InetAddress::isLoopbackAddress))).isEqualTo("ok");
        assertThat(judged).hasSize(1).allMatch(InetAddress::isLoopbackAddress);
    }

    /// As after a name was judged by another address: nothing was asked before.
    @Test
    void refusedAddressGetsNoConnection() throws IOException {
        try (ServerSocket target = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            URI address = URI.create("https://localhost:%d/".formatted(target.getLocalPort()));
            HttpsURLConnection connection = (HttpsURLConnection) address.toURL().openConnection();
            connection.setSSLSocketFactory(PublicSockets.shared());

            assertThatThrownBy(connection::getResponseCode)
                    .isInstanceOf(IOException.class)
                    .hasMessage("expected a public address, found another for localhost");
            target.setSoTimeout(200);
            assertThatThrownBy(target::accept).isInstanceOf(java.net.SocketTimeoutException.class);
        }
    }

    @Test
    void certificateForAnotherNameIsRefused() {
        assertThatThrownBy(() -> get("127.0.0.1", judging(address -> true)))
                .isInstanceOf(SSLException.class)
                .hasMessageContaining("127.0.0.1");
        assertThat(judged).hasSize(1);
    }

    @Test
    void everyWayToAConnectedSocketIsJudged() {
        PublicSockets sockets = PublicSockets.shared();
        InetAddress loopback = InetAddress.getLoopbackAddress();
        int port = server.getAddress().getPort();

        assertThatThrownBy(() -> sockets.createSocket("localhost", port))
                .hasMessageContaining("public");
        assertThatThrownBy(() -> sockets.createSocket(loopback, port))
                .hasMessageContaining("public");
        assertThatThrownBy(() -> sockets.createSocket("localhost", port, loopback, 0))
                .hasMessageContaining("public");
        assertThatThrownBy(() -> sockets.createSocket(loopback, port, loopback, 0))
                .hasMessageContaining("public");
    }
}
