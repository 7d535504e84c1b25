package io.sparsemesh.gateway.artifact;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The part of a file that a `Range` header asks for.
///
/// @param first first byte
/// @param last last byte, inclusive
record ByteRange(long first, long last) {

    private static final Pattern FORM = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

    long length() {
        return last - first + 1;
    }

    /// Whether any byte of it exists.
    boolean isSatisfiable(long size) {
        return first <= last && first < size;
    }

    /// The range of a file of `size` bytes. None if the header is not one range in bytes: the whole
    /// file is then the right answer (RFC 9110, section 14.2).
    static Optional<ByteRange> parse(String header, long size) {
        Matcher form = FORM.matcher(header.strip());
        if (!form.matches() || (form.group(1).isEmpty() && form.group(2).isEmpty())) {
            return Optional.empty();
        }
        if (form.group(1).isEmpty()) {
            long suffix = Long.parseLong(form.group(2));
            return Optional.of(
                    suffix == 0
                            ? new ByteRange(size, size - 1)
                            : new ByteRange(Math.max(0, size - suffix), size - 1));
        }
        long first = Long.parseLong(form.group(1));
        long last = form.group(2).isEmpty() ? size - 1 : Long.parseLong(form.group(2));
        if (!form.group(2).isEmpty() && last < first) {
            return Optional.empty();
        }
        return Optional.of(new ByteRange(first, Math.min(last, size - 1)));
    }
}
