package io.sparsemesh.gateway;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.smallrye.jwt.build.Jwt;
import io.smallrye.jwt.build.JwtClaimsBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/// An OpenID Connect provider on the loopback address: its description, and the keys that its
/// tokens are verified by. Tests, whose classes another loader has, know it by system properties.
final class FakeProvider implements AutoCloseable {

    static final String AUDIENCE = "sparsemesh";

    private static final String ISSUER = "gateway.test.issuer";
    private static final String KEY = "gateway.test.issuer.key";
    private static final String KEY_ID = "k1";

    private final HttpServer server;

    private FakeProvider(HttpServer server) {
        this.server = server;
    }

    static FakeProvider start() {
        try {
            InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            FakeProvider provider = new FakeProvider(HttpServer.create(any, 0));
            KeyPair keys = keyPair();
            System.setProperty(
                    ISSUER, "http://127.0.0.1:" + provider.server.getAddress().getPort());
            System.setProperty(
                    KEY, Base64.getEncoder().encodeToString(keys.getPrivate().getEncoded()));
            provider.serve("/.well-known/openid-configuration", description());
            provider.serve("/jwks", keySet((RSAPublicKey) keys.getPublic()));
            provider.server.start();
            return provider;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static KeyPair keyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static String issuer() {
        return System.getProperty(ISSUER);
    }

    private static String description() {
        return """
        {"issuer": "%1$s", "jwks_uri": "%1$s/jwks", "token_endpoint": "%1$s/token",
         "authorization_endpoint": "%1$s/authorize"}
        """
                .formatted(issuer());
    }

    private static String keySet(RSAPublicKey key) {
        return """
        {"keys": [{"kty": "RSA", "kid": "%s", "alg": "RS256", "use": "sig", "n": "%s", "e": "%s"}]}
        """
                .formatted(
                        KEY_ID,
                        base64(key.getModulus().toByteArray()),
                        base64(key.getPublicExponent().toByteArray()));
    }

    private static String base64(byte[] number) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(number);
    }

    private void serve(String path, String json) {
        server.createContext(path, exchange -> answer(exchange, json));
    }

    private static void answer(HttpExchange exchange, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /// Claims that the gateway accepts, to be changed.
    static JwtClaimsBuilder claims() {
        return Jwt.issuer(issuer())
                .audience(AUDIENCE)
                .subject("someone")
                .claim("tenant", "a")
                .claim("scope", "openid sparsemesh:read sparsemesh:write")
                .expiresIn(300);
    }

    /// A token as the provider gives it.
    static String sign(JwtClaimsBuilder claims) {
        try {
            byte[] encoded = Base64.getDecoder().decode(System.getProperty(KEY));
            PrivateKey key =
                    KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded));
            return sign(key, claims);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// A token of somebody who says to be the provider.
    static String sign(PrivateKey key, JwtClaimsBuilder claims) {
        return claims.jws().keyId(KEY_ID).sign(key);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
