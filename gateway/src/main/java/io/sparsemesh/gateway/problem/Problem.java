package io.sparsemesh.gateway.problem;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/// The body of every answer that is not a success, RFC 9457.
///
/// @param type a URN that ends in `code`
/// @param code what went wrong, for programs; that of the errors if they agree
/// @param errors every fault of the request, if there are several or they have a place
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Schema(description = "Why a request was refused, RFC 9457. Programs look at code.")
public record Problem(
        String type,
        String title,
        int status,
        String code,
        String detail,
        List<FieldError> errors) {

    public static final String MEDIA_TYPE = "application/problem+json";

    static Problem of(int status, String code, String detail, List<FieldError> errors) {
        return new Problem(
                "urn:sparsemesh:problem:" + code, title(status), status, code, detail, errors);
    }

    private static String title(int status) {
        return switch (status) {
            case 400 -> "Bad request";
            case 401 -> "Not signed in";
            case 403 -> "Not allowed";
            case 404 -> "Not found";
            case 405 -> "Method not allowed";
            case 406 -> "Not acceptable";
            case 409 -> "Conflict";
            case 410 -> "Gone";
            case 413 -> "Request too large";
            case 414 -> "Address too long";
            case 415 -> "Unsupported media type";
            case 416 -> "Range not satisfiable";
            case 422 -> "Invalid request";
            case 429 -> "Too many";
            case 503 -> "Unavailable";
            default -> status < 500 ? "Request refused" : "Internal error";
        };
    }
}
