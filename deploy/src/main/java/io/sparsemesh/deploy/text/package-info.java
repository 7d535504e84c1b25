/// Text laid out for people.
package io.sparsemesh.deploy.text;
