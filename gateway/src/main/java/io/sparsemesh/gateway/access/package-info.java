/// Who may do what: callers are known by an API key or by a token of the installation's identity
/// provider, belong to one tenant each, and see nothing of the others.
package io.sparsemesh.gateway.access;
