/// Logs in JSON.
package io.sparsemesh.logging;
