package io.sparsemesh.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class TensorTest {

    private static final Tensor NUMBERS =
            new Tensor(
                    "x",
                    Dtype.F32,
                    List.of(2L, 3L),
                    MemorySegment.ofArray(new float[] {0, 1, 2, 3, 4, 5}));

    @Test
    void shapeGivesElementsAndRank() {
        assertThat(NUMBERS.elements()).isEqualTo(6);
        assertThat(NUMBERS.rank()).isEqualTo(2);
        assertThat(NUMBERS.dimension(1)).isEqualTo(3);
    }

    @Test
    void scalarHasOneElement() {
        Tensor scalar =
                new Tensor("s", Dtype.I64, List.of(), MemorySegment.ofArray(new long[] {-7}));

        assertThat(scalar.elements()).isOne();
        assertThat(scalar.readLongs(0, 1)).containsExactly(-7);
    }

    @Test
    void dataOfAnotherLengthThanTheShapeIsRefused() {
        assertThatThrownBy(
                        () ->
                                new Tensor(
                                        "x",
                                        Dtype.BF16,
                                        List.of(2L, 2L),
                                        MemorySegment.ofArray(new short[3])))
                .hasMessage("tensor 'x': BF16 [2, 2]: expected 8 bytes, found 6");
        assertThatThrownBy(
                        () ->
                                new Tensor(
                                        "x",
                                        Dtype.U8,
                                        List.of(-1L, -1L),
                                        MemorySegment.ofArray(new byte[1])))
                .hasMessage("tensor 'x': expected dimensions of 0 and more, found [-1, -1]");
    }

    @Test
    void aWindowOfElementsIsReadIntoPartOfTheTarget() {
        float[] target = {9, 9, 9, 9};

        NUMBERS.readF32(2, MemorySegment.ofArray(target), 1, 2);

        assertThat(target).containsExactly(9, 2, 3, 9);
        assertThat(NUMBERS.toFloats()).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void readingBeyondTheEndIsRefused() {
        MemorySegment two = MemorySegment.ofArray(new float[2]);

        assertThatThrownBy(() -> NUMBERS.readF32(5, two))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("tensor 'x': elements 5 + 2 of 6");
        assertThatThrownBy(() -> NUMBERS.readF32(Long.MAX_VALUE, two))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> NUMBERS.readF32(-1, two))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void integersDoNotReadAsFloatsNorFloatsAsIntegers() {
        Tensor ids = new Tensor("ids", Dtype.I64, List.of(1L), MemorySegment.ofArray(new long[1]));

        assertThatThrownBy(ids::toFloats)
                .isInstanceOf(CheckpointException.class)
                .hasMessage("tensor 'ids': expected F64, F32, F16 or BF16, found I64");
        assertThatThrownBy(() -> NUMBERS.readLongs(0, 1))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("tensor 'x': expected integers, found F32");
    }

    @Test
    void everyIntegerTypeWidensWithItsSign() {
        byte[] bytes = {-1, 127, -128, 0, 1, 2, 3, (byte) 0xff};

        assertThat(longs(Dtype.I8, bytes)).containsExactly(-1, 127, -128, 0, 1, 2, 3, -1);
        assertThat(longs(Dtype.U8, bytes)).containsExactly(255, 127, 128, 0, 1, 2, 3, 255);
        assertThat(longs(Dtype.BOOL, (byte) 0, (byte) 1)).containsExactly(0, 1);
        assertThat(longs(Dtype.I16, bytes)).containsExactly(0x7fff, 0x80, 0x201, (short) 0xff03);
        assertThat(longs(Dtype.I32, bytes)).containsExactly(0x0080_7fff, 0xff03_0201);
        assertThat(longs(Dtype.I64, bytes)).containsExactly(0xff03_0201_0080_7fffL);
    }

    /// Reads from an odd address, as tensors in a file may lie.
    private static long[] longs(Dtype type, byte... bytes) {
        MemorySegment odd = MemorySegment.ofArray(new byte[bytes.length + 1]).asSlice(1);
        MemorySegment.copy(bytes, 0, odd, ValueLayout.JAVA_BYTE, 0, bytes.length);
        long count = bytes.length / type.bytes();
        return new Tensor("i", type, List.of(count), odd).readLongs(0, (int) count);
    }
}
