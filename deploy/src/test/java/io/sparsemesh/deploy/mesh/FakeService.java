package io.sparsemesh.deploy.mesh;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/// Stands for a service: ready at its management port, tells its settings at its own.
final class FakeService {
    private FakeService() {}

    public static void main(String[] args) throws IOException {
        serve(System.getenv("SPARSEMESH_MANAGEMENT_PORT"), "UP");
        StringBuilder settings = new StringBuilder();
        Map<String, String> all = new TreeMap<>(System.getenv());
        all.forEach((name, value) -> settings.append(name).append('=').append(value).append('\n'));
        settings.append("pid=").append(ProcessHandle.current().pid()).append('\n');
        serve(System.getenv("SPARSEMESH_PORT"), settings.toString());
        System.out.println("settings\n" + settings);
    }

    private static void serve(String port, String text) throws IOException {
        InetSocketAddress address =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
        HttpServer server = HttpServer.create(address, 0);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        server.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(200, bytes.length);
                    try (OutputStream out = exchange.getResponseBody()) {
                        out.write(bytes);
                    }
                });
        server.start();
    }
}
