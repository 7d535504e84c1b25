/// A program that tells whether the engine can work on this machine.
package io.sparsemesh.engine.check;
