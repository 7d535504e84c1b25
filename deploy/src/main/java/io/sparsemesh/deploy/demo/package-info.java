/// The demonstration: one small model pruned five ways, in one table.
package io.sparsemesh.deploy.demo;
