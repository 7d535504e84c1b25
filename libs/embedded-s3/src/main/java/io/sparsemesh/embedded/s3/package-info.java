/// A server that speaks S3's API, on this machine, for tests.
package io.sparsemesh.embedded.s3;
