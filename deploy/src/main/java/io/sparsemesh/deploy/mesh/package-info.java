/// Runs broker, database and services of one mesh as processes of this machine.
package io.sparsemesh.deploy.mesh;
