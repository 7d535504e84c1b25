package io.sparsemesh.deploy.doctor;

/// What was found of one thing.
///
/// @param name of the thing
/// @param found in words
/// @param advice what to do; empty where nothing has to be done
public record Check(String name, Level level, String found, String advice) {

    /// How bad it is.
    public enum Level {
        /// As it should be.
        OK,
        /// Works, or works for some jobs; better looked at.
        WARN,
        /// Nothing runs before this is mended.
        FAIL
    }

    static Check ok(String name, String found) {
        return new Check(name, Level.OK, found, "");
    }

    static Check warn(String name, String found, String advice) {
        return new Check(name, Level.WARN, found, advice);
    }

    static Check fail(String name, String found, String advice) {
        return new Check(name, Level.FAIL, found, advice);
    }
}
