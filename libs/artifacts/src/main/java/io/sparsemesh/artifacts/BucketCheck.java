package io.sparsemesh.artifacts;

import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;

/// Tries the bucket that `SPARSEMESH_STORE` names as its services would, in a process of its own:
/// the command line does without the SDK. Prints one line, with tabs between: `store`, `ok` or
/// `fault`, what was found, and what to do.
public final class BucketCheck {

    /// Somebody waits for the answer.
    private static final S3Settings.Timing TIMING =
            new S3Settings.Timing(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(20),
                    2);

    private BucketCheck() {}

    public static void main(String[] args) {
        run(System.getenv(), System.out);
    }

    static void run(Map<String, String> environment, PrintStream out) {
        Finding finding = examine(environment);
        out.println(
                String.join(
                        "\t",
                        "store",
                        finding.works() ? "ok" : "fault",
                        oneLine(finding.found()),
                        oneLine(finding.advice())));
    }

    /// @param found in words
    /// @param advice what to do; empty where it works
    record Finding(boolean works, String found, String advice) {}

    static Finding examine(Map<String, String> environment) {
        String uri = environment.getOrDefault("SPARSEMESH_STORE", "");
        String place = "[SPARSEMESH_STORE=%s]: ".formatted(uri);
        try (S3Bucket bucket =
                new S3Bucket(S3Clients.open(settings(environment)), S3Location.parse(uri))) {
            return new Finding(true, uri + ": " + new BucketProbe(bucket).run(), "");
        } catch (BucketProbe.Refused e) {
            return new Finding(false, place + e.getMessage(), e.advice());
        } catch (IllegalArgumentException e) {
            return new Finding(false, place + e.getMessage(), "correct the setting");
        } catch (SdkException e) {
            return new Finding(
                    false,
                    place + "expected settings that S3 can be reached by, found " + e.getMessage(),
                    "set AWS_REGION, or AWS_ENDPOINT_URL_S3 for another server than Amazon's");
        }
    }

    private static S3Settings settings(Map<String, String> environment) {
        return new S3Settings(
                variable(environment, "AWS_ENDPOINT_URL_S3")
                        .or(() -> variable(environment, "AWS_ENDPOINT_URL"))
                        .map(URI::create),
                variable(environment, "AWS_REGION"),
                variable(environment, "SPARSEMESH_S3_PATH_STYLE")
                        .map(Boolean::parseBoolean)
                        .orElse(false),
                TIMING);
    }

    private static Optional<String> variable(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ");
    }
}
