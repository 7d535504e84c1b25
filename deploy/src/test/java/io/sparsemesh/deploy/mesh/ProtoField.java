package io.sparsemesh.deploy.mesh;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// A field of a message in the wire format of Protocol Buffers.
///
/// @param number that the schema gives it
/// @param bytes of a text, of bytes or of a message within; empty for numbers, which nobody reads
record ProtoField(int number, byte[] bytes) {

    private static final byte[] NUMBER = {};

    /// The fields of a message.
    static List<ProtoField> of(byte[] message) {
        List<ProtoField> fields = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            long tag = varint(in);
            fields.add(new ProtoField((int) (tag >>> 3), value(in, (int) tag & 7)));
        }
        return fields;
    }

    /// The contents of all fields of that number.
    static List<byte[]> all(byte[] message, int number) {
        return of(message).stream()
                .filter(field -> field.number() == number)
                .map(ProtoField::bytes)
                .toList();
    }

    private static byte[] value(ByteBuffer in, int wireType) {
        return switch (wireType) {
            case 0 -> {
                varint(in);
                yield NUMBER;
            }
            case 1 -> skip(in, Long.BYTES);
            case 2 -> {
                byte[] bytes = new byte[(int) varint(in)];
                in.get(bytes);
                yield bytes;
            }
            case 5 -> skip(in, Integer.BYTES);
            default -> throw new IllegalArgumentException("unknown wire type " + wireType);
        };
    }

    private static byte[] skip(ByteBuffer in, int bytes) {
        in.position(in.position() + bytes);
        return NUMBER;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte part = in.get();
            value |= (long) (part & 0x7f) << shift;
            if (part >= 0) {
                return value;
            }
        }
    }
}
