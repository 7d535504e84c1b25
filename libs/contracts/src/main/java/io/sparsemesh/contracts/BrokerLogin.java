package io.sparsemesh.contracts;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// How every client comes in at brokers that do not let everybody in: the environment's
/// `KAFKA_SECURITY_PROTOCOL`, `KAFKA_SASL_*` and `KAFKA_SSL_*` are the client's settings of that
/// name, as `KAFKA_SASL_JAAS_CONFIG` is `sasl.jaas.config`. Quarkus reads them so for its channels;
/// this is for the clients that are made by hand.
public final class BrokerLogin {

    private static final String PREFIX = "KAFKA_";
    private static final Pattern NAMES = Pattern.compile("KAFKA_(SECURITY|SASL|SSL)_[A-Z_]+");

    private BrokerLogin() {}

    /// A client's settings with those of the login.
    public static Map<String, Object> with(Map<String, ?> settings) {
        Map<String, Object> all = new HashMap<>(of(System.getenv()));
        all.putAll(settings);
        return all;
    }

    static Map<String, String> of(Map<String, String> environment) {
        Map<String, String> login = new HashMap<>();
        environment.forEach(
                (name, value) -> {
                    if (NAMES.matcher(name).matches()) {
                        login.put(setting(name), value);
                    }
                });
        return login;
    }

    private static String setting(String name) {
        return name.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '.');
    }
}
