package io.sparsemesh.engine.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixTest {

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void viewsShareTheirMemory() {
        Matrix matrix = Matrix.of(arena, new float[] {1, 2, 3, 4, 5, 6}, 2, 3);

        matrix.view(1, 1, 1, 2).set(0, 1, -6);

        assertThat(matrix.toArray()).containsExactly(1, 2, 3, 4, 5, -6);
        assertThat(matrix.columns(1, 3).rows(0, 2).toArray()).containsExactly(2, 3, 5, -6);
        assertThat(matrix.columns(1, 3).isDense()).isFalse();
        assertThat(matrix.columns(1, 3).row(1).getAtIndex(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(5);
    }

    @Test
    void diagonalIsAColumnOfTheMatrix() {
        Matrix matrix = Matrix.of(arena, new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3);

        assertThat(matrix.diagonal().toArray()).containsExactly(1, 5, 9);
        assertThat(matrix.view(1, 0, 2, 2).diagonal().toArray()).containsExactly(4, 8);
    }

    @Test
    void copyKeepsWhatLiesBetweenTheRows() {
        Matrix wide = Matrix.of(arena, new float[] {1, 2, 3, 4, 5, 6}, 2, 3);

        wide.columns(0, 2).copyFrom(Matrix.of(arena, new float[] {10, 20, 40, 50}, 2, 2));

        assertThat(wide.toArray()).containsExactly(10, 20, 3, 40, 50, 6);
    }

    @Test
    void emptyViewsAreAllowedAtTheEdge() {
        Matrix matrix = Matrix.allocate(arena, 2, 3);

        assertThat(matrix.rows(2, 2).toArray()).isEmpty();
        assertThat(matrix.columns(3, 3).toArray()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0,0,3,1", "0,0,1,4", "-1,0,1,1", "1,2,1,2", "0,0,-1,1"})
    void viewBeyondTheMatrixIsRefused(int row, int col, int height, int width) {
        Matrix matrix = Matrix.allocate(arena, 2, 3);

        assertThatThrownBy(() -> matrix.view(row, col, height, width))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("of a 2 x 3 matrix");
    }

    @Test
    void memoryThatIsTooSmallIsRefused() {
        MemorySegment data = arena.allocate(5 * 4);

        assertThatThrownBy(() -> Matrix.of(data, 2, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected 24 bytes, found 20");
    }

    @Test
    void copyOfAnotherShapeIsRefused() {
        Matrix matrix = Matrix.allocate(arena, 2, 3);

        assertThatThrownBy(() -> matrix.copyFrom(matrix.columns(0, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("copy of 2 x 2 into 2 x 3");
    }
}
