/// Looks at this machine before Sparsemesh has to run on it, and says what to do about what is
/// missing.
package io.sparsemesh.deploy.doctor;
