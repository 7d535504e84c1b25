/// The gateway's API from a client's side.
package io.sparsemesh.deploy.client;
