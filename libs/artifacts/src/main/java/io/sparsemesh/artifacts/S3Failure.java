package io.sparsemesh.artifacts;

import java.io.IOException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// A call to S3 that failed for good: what was asked, of which object, and what the answer was.
final class S3Failure extends IOException {

    private static final int MOVED = 301;
    private static final int REDIRECTED = 307;
    private static final int UNKNOWN_CALLER = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;
    private static final int UNLIKE = 412;

    private final int status;

    /// @param operation as S3 names it
    /// @param place that it was about
    S3Failure(String operation, String place, SdkException cause) {
        super("%s of %s: %s".formatted(operation, place, text(cause)), cause);
        this.status = cause instanceof S3Exception answer ? answer.statusCode() : 0;
    }

    private static String text(SdkException cause) {
        return cause instanceof S3Exception answer
                ? "status %d %s%s"
                        .formatted(answer.statusCode(), detail(answer), advice(answer.statusCode()))
                : "no answer: " + cause.getMessage();
    }

    private static String detail(S3Exception answer) {
        AwsErrorDetails details = answer.awsErrorDetails();
        return details == null
                ? String.valueOf(answer.getMessage())
                : "%s: %s".formatted(details.errorCode(), details.errorMessage());
    }

    private static String advice(int status) {
        return switch (status) {
            case UNKNOWN_CALLER, FORBIDDEN -> " (the credentials of AWS_* give no access)";
            case MOVED, REDIRECTED -> " (AWS_REGION is another than the bucket's)";
            default -> "";
        };
    }

    /// HTTP status of the answer; 0 if there was none.
    int status() {
        return status;
    }

    boolean isNotFound() {
        return status == NOT_FOUND;
    }

    /// Whether the object was not as the condition of the call had it, or changed meanwhile.
    boolean isConflict() {
        return status == UNLIKE || status == CONFLICT;
    }
}
