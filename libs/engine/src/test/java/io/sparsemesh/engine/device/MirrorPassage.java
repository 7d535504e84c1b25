package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/// Copies operands from the host to fresh memory of a device, and what was written back.
///
/// @param device the one that runs the operations
record MirrorPassage(Device device) implements Passage {

    @Override
    public <T> T compute(String operation, Function<CarriedOperands, T> call) {
        try (Arena arena = Arena.ofShared()) {
            Copies copies = new Copies(device, arena, new LinkedHashMap<>());
            T result = call.apply(copies);
            copies.takeBack(operation);
            return result;
        }
    }

    /// Where a matrix lies: operands at the same place are one operand, so that what works in place
    /// does so on the device.
    private record Place(long address, long rows, long cols, long stride) {

        static Place of(Matrix a) {
            return new Place(a.data().address(), a.rows(), a.cols(), a.stride());
        }

        /// The address after the last element.
        long end() {
            return address + MirroredOperand.span(rows, cols, stride) * Float.BYTES;
        }

        boolean overlaps(Place other) {
            return address < other.end() && other.address < end();
        }
    }

    private record Copies(Device device, Arena arena, Map<Place, MirroredOperand> operands)
            implements CarriedOperands {

        @Override
        public Matrix read(Matrix a) {
            return operand(a).onDevice();
        }

        @Override
        public Matrix write(Matrix a) {
            return operand(a).writable().onDevice();
        }

        private MirroredOperand operand(Matrix a) {
            return operands.computeIfAbsent(
                    Place.of(a), _ -> new MirroredOperand(device, arena, a));
        }

        void takeBack(String operation) {
            operands.forEach((place, operand) -> requireApart(operation, place, operand));
            operands.values().forEach(operand -> operand.takeBack(operation, device, arena));
        }

        private void requireApart(String operation, Place place, MirroredOperand operand) {
            boolean apart =
                    operands.keySet().stream()
                            .noneMatch(other -> !other.equals(place) && other.overlaps(place));
            if (operand.isWritable() && !apart) {
                throw new IllegalArgumentException(
                        "%s: expected %s apart from the other operands or the same as one"
                                .formatted(operation, operand));
            }
        }
    }
}
