package io.sparsemesh.sources;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;

/// A server that lists and gives the files of one model. What may pass is an [IOException]; what
/// stays as it is, a [ModelSourceException].
interface Remote extends AutoCloseable {

    /// The files of the state that the model's URI names.
    Listing list() throws IOException;

    /// Opens bytes of a file.
    ///
    /// @param count how many; to the end if absent
    /// @param tag what earlier bytes were given with: if the file has another now, all of it is
    ///     given from the beginning
    Body open(Listing listing, RemoteFile file, long from, OptionalLong count, Optional<String> tag)
            throws IOException;

    @Override
    default void close() {}

    /// @param start where in the file the stream begins
    /// @param size of the whole file, if the server says it
    record Body(InputStream stream, long start, OptionalLong size, Optional<String> tag)
            implements AutoCloseable {

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }
}
