/// What the licences of our dependencies allow.
package io.sparsemesh.deploy.licence;
