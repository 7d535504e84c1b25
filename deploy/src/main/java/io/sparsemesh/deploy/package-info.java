/// The command line, and the launcher that runs the whole mesh on one machine.
package io.sparsemesh.deploy;
