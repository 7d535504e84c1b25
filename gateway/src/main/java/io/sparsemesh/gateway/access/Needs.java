package io.sparsemesh.gateway.access;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The scope that all calls of a resource need. Without it reading ones need [Scope#READ] and
/// others [Scope#WRITE].
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Needs {
    Scope value();
}
