/// Checks the output folder of a job against its report, without the mesh.
package io.sparsemesh.deploy.verify;
