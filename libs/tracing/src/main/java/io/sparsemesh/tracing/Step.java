package io.sparsemesh.tracing;

/// Something that takes time, from when it was begun until [#close].
public interface Step extends AutoCloseable {

    /// Nobody looks.
    Step UNSEEN =
            new Step() {
                @Override
                public Step with(String key, Object value) {
                    return this;
                }

                @Override
                public void fail(String why) {}

                @Override
                public String traceparent() {
                    return "";
                }

                @Override
                public void close() {}
            };

    /// What it is about.
    Step with(String key, Object value);

    /// It did not come to its end.
    void fail(String why);

    /// Its place, in the words of W3C Trace Context, for those who go on; empty if nobody looks.
    String traceparent();

    @Override
    void close();
}
