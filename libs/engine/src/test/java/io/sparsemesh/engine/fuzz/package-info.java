/// Hostile model folders, made by mutation, and what reading them may do: refuse them.
package io.sparsemesh.engine.fuzz;
