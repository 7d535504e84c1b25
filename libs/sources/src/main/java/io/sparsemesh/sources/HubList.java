package io.sparsemesh.sources;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the Hub says of a repository, read token by token: only what is needed of each file is
/// kept, so that a list that is made to fill the memory does not.
///
/// @param commit empty if it says none
record HubList(String commit, List<RemoteFile> files) {

    private static final JsonFactory JSON =
            JsonFactory.builder().disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES).build();

    /// @throws ModelSourceException if it has more files than a listing may have
    /// @throws IOException if it is no JSON
    static HubList read(String uri, byte[] answer) throws IOException {
        Reader reader = new Reader(uri);
        try (JsonParser parser = JSON.createParser(answer)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                fields(parser, reader::repository);
            }
        }
        return new HubList(reader.commit, List.copyOf(reader.files));
    }

    private interface Field {
        /// Called with the parser on the field's value.
        void read(String name, JsonParser parser) throws IOException;
    }

    /// What the field's reader leaves of its value is skipped.
    private static void fields(JsonParser parser, Field field) throws IOException {
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            field.read(name, parser);
            parser.skipChildren();
        }
    }

    private static String text(JsonParser parser) throws IOException {
        return parser.currentToken() == JsonToken.VALUE_STRING ? parser.getText() : "";
    }

    private static long number(JsonParser parser) throws IOException {
        return parser.currentToken() == JsonToken.VALUE_NUMBER_INT ? parser.getLongValue() : -1;
    }

    private static final class Reader {
        private final String uri;
        private final List<RemoteFile> files = new ArrayList<>();
        private String commit = "";

        Reader(String uri) {
            this.uri = uri;
        }

        void repository(String name, JsonParser parser) throws IOException {
            if (name.equals("sha")) {
                commit = text(parser);
            } else if (name.equals("siblings") && parser.isExpectedStartArrayToken()) {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    file(parser);
                }
            }
        }

        private void file(JsonParser parser) throws IOException {
            if (files.size() == Limits.LISTING_ENTRIES) {
                throw Limits.exceeded(uri, "", "files", Limits.LISTING_ENTRIES, "more");
            }
            Sibling sibling = new Sibling();
            if (parser.currentToken() == JsonToken.START_OBJECT) {
                fields(parser, sibling::field);
            }
            parser.skipChildren();
            files.add(sibling.file());
        }
    }

    /// A file as the list has it. Large ones lie in Git LFS, with their SHA-256.
    private static final class Sibling {
        private String name = "";
        private long size = -1;
        private long largeSize = -1;
        private String blob = "";
        private String sha256 = "";
        private String oid = "";

        void field(String field, JsonParser parser) throws IOException {
            switch (field) {
                case "rfilename" -> name = text(parser);
                case "size" -> size = number(parser);
                case "blobId" -> blob = text(parser);
                case "lfs" -> {
                    if (parser.currentToken() == JsonToken.START_OBJECT) {
                        fields(parser, this::large);
                    }
                }
                default -> {
                    // Not needed.
                }
            }
        }

        private void large(String field, JsonParser parser) throws IOException {
            switch (field) {
                case "size" -> largeSize = number(parser);
                case "sha256" -> sha256 = text(parser);
                case "oid" -> oid = text(parser);
                default -> {
                    // Not needed.
                }
            }
        }

        RemoteFile file() {
            String digest = sha256.isEmpty() ? oid : sha256;
            Optional<Checksum> checksum =
                    digest.isEmpty()
                            ? Optional.of(blob).filter(b -> !b.isEmpty()).map(Checksum.GitBlob::new)
                            : Optional.of(new Checksum.Sha256(digest));
            return new RemoteFile(
                    name, largeSize < 0 ? size : largeSize, Optional.empty(), checksum);
        }
    }
}
