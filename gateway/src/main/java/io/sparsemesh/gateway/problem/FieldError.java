package io.sparsemesh.gateway.problem;

import com.fasterxml.jackson.annotation.JsonInclude;

/// One thing that is wrong with a request.
///
/// @param pointer JSON pointer into the request's body, absent for a query parameter or header
/// @param parameter name of the query parameter or header, absent for the body
/// @param code what kind of fault, for programs
/// @param detail what was expected and what was found, for people
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FieldError(String pointer, String parameter, String code, String detail) {

    public static FieldError at(String pointer, String code, String detail) {
        return new FieldError(pointer, null, code, detail);
    }

    public static FieldError ofParameter(String parameter, String code, String detail) {
        return new FieldError(null, parameter, code, detail);
    }
}
