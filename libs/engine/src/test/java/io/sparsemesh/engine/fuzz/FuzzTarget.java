package io.sparsemesh.engine.fuzz;

import java.util.List;

/// Something that reads bytes of unknown origin.
interface FuzzTarget {

    /// Also the name of the folder with the inputs that were found once.
    String name();

    /// Valid inputs.
    List<byte[]> seeds();

    /// One of the valid inputs, damaged.
    byte[] next();

    /// Reads an input as the program does; another exception than those that say what is wrong
    /// with it is a fault.
    void read(byte[] input);
}
