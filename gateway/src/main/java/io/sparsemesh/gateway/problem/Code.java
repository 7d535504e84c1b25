package io.sparsemesh.gateway.problem;

/// Codes of problems: part of the API, never renamed.
public final class Code {

    public static final String INVALID_REQUEST = "invalid-request";
    public static final String MALFORMED_JSON = "malformed-json";
    public static final String INVALID_PARAMETER = "invalid-parameter";
    public static final String UNKNOWN_FIELD = "unknown-field";
    public static final String MISSING_FIELD = "missing-field";
    public static final String WRONG_TYPE = "wrong-type";
    public static final String INVALID_VALUE = "invalid-value";
    /// The combination, or the method, does not exist in this version.
    public static final String UNSUPPORTED_METHOD = "unsupported-method";
    public static final String UNSUPPORTED_FORMAT = "unsupported-format";
    public static final String UNSUPPORTED_SCHEME = "unsupported-scheme";
    public static final String INVALID_URI = "invalid-uri";
    public static final String OUTSIDE_ROOTS = "path-outside-roots";
    public static final String SOURCE_NOT_FOUND = "source-not-found";
    public static final String INVALID_SOURCE = "invalid-source";
    /// This installation does not fetch from there.
    public static final String SOURCE_NOT_ALLOWED = "source-not-allowed";
    /// The server of a remote model denies it, does not answer, or gives something else.
    public static final String SOURCE_NOT_AVAILABLE = "source-not-available";
    /// This installation does not send there, or sends nothing.
    public static final String WEBHOOK_NOT_ALLOWED = "webhook-not-allowed";
    public static final String OUTPUT_NOT_USABLE = "output-not-usable";
    public static final String MODEL_NOT_FOUND = "model-not-found";
    public static final String INVALID_MODEL = "invalid-model";
    public static final String UNSUPPORTED_MODEL = "unsupported-model";
    public static final String TOKENIZER_MISSING = "tokenizer-missing";
    /// The request is valid by itself but does not fit the model.
    public static final String NOT_PLANNABLE = "not-plannable";
    /// The output's disk has not the room that the output needs.
    public static final String INSUFFICIENT_STORAGE = "insufficient-storage";
    /// No live worker has the memory that a task needs.
    public static final String INSUFFICIENT_MEMORY = "insufficient-memory";
    public static final String REQUEST_TOO_LARGE = "request-too-large";
    public static final String KEY_REUSED = "idempotency-key-reused";
    public static final String STATE_CONFLICT = "state-conflict";
    public static final String METHOD_NOT_ALLOWED = "method-not-allowed";
    public static final String UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type";
    public static final String NOT_FOUND = "not-found";
    /// The file is not the one that the job wrote any more.
    public static final String ARTIFACT_GONE = "artifact-gone";
    public static final String RANGE_NOT_SATISFIABLE = "range-not-satisfiable";

    /// Nobody knows who sends the request.
    public static final String UNAUTHENTICATED = "unauthenticated";
    /// Known, but not allowed to.
    public static final String FORBIDDEN = "forbidden";
    public static final String QUOTA_EXCEEDED = "quota-exceeded";
    public static final String UNAVAILABLE = "unavailable";

    private Code() {}
}
