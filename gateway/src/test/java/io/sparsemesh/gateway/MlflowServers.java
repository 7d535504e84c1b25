package io.sparsemesh.gateway;

import java.util.Map;

/// The servers of the tests, and a tracking server that ended jobs are logged to.
public final class MlflowServers extends GatewayServers {

    private static final String URL = "gateway.test.mlflow";

    private FakeMlflow mlflow;

    @Override
    Map<String, String> more() {
        mlflow = FakeMlflow.start();
        System.setProperty(URL, mlflow.url().resolve("/").toString());
        String settings = "sparsemesh.gateway.mlflow.";
        return Map.of(
                settings + "url", mlflow.url().toString(),
                settings + "token", FakeMlflow.TOKEN,
                settings + "experiment", "pruning of {tenant}",
                settings + "public-url", "https://sparsemesh.example.org/",
                settings + "retry-first", "50ms",
                settings + "retry-longest", "200ms",
                settings + "retry-for", "6s");
    }

    /// Where the tracking server is told and asked what tests want.
    static String control() {
        return System.getProperty(URL);
    }

    @Override
    public void stop() {
        mlflow.close();
        super.stop();
    }
}
