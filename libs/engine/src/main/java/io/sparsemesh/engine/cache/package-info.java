/// Models kept open between tasks.
package io.sparsemesh.engine.cache;
