package io.sparsemesh.gateway.access;

import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.CurrentIdentityAssociation;
import io.quarkus.security.identity.SecurityIdentity;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.ProblemException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.json.JsonString;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.jboss.logging.Logger;

/// Callers by tokens of the installation's OpenID Connect provider, which Quarkus verifies:
/// signature, issuer, audience and time.
@ApplicationScoped
class IdentityProvider {

    private static final Logger LOG = Logger.getLogger(IdentityProvider.class);

    private final AccessSettings settings;
    private final CurrentIdentityAssociation identity;

    IdentityProvider(AccessSettings settings, CurrentIdentityAssociation identity) {
        this.settings = settings;
        this.identity = identity;
    }

    boolean isConfigured() {
        return settings.oidcUrl().isPresent();
    }

    /// The caller of the current request.
    ///
    /// @throws ProblemException 401 if its token is not valid, 403 if it names no tenant
    Caller caller() {
        SecurityIdentity verified = verified();
        if (verified.isAnonymous() || !(verified.getPrincipal() instanceof JsonWebToken token)) {
            throw Authenticator.unknown(
                    "the token is no API key of this gateway, and it knows no other");
        }
        return new Caller.Member(token.getName(), tenant(token), scopes(token));
    }

    private SecurityIdentity verified() {
        try {
            return identity.getDeferredIdentity().await().indefinitely();
        } catch (AuthenticationFailedException e) {
            LOG.debugf(e, "a token was refused");
            throw Authenticator.unknown(
                    "the token is not one of this installation's identity provider for this"
                            + " service, or has expired");
        } catch (RuntimeException e) {
            LOG.warnf("the identity provider cannot be asked: %s", e);
            throw new ProblemException(
                    503,
                    Code.UNAVAILABLE,
                    "the identity provider cannot be asked, try again later");
        }
    }

    /// The one that the token names: of several nobody could say which is meant.
    private Tenant tenant(JsonWebToken token) {
        List<String> names = texts(token.getClaim(settings.tenantClaim())).toList();
        if (names.size() != 1 || !Tenant.isName(names.getFirst())) {
            throw new ProblemException(
                    403,
                    Code.FORBIDDEN,
                    "claim '%s' of the token: expected one tenant, %s, found %s"
                            .formatted(
                                    settings.tenantClaim(),
                                    Tenant.form(),
                                    names.isEmpty() ? "none" : names));
        }
        return new Tenant(names.getFirst());
    }

    private Set<Scope> scopes(JsonWebToken token) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        texts(token.getClaim(settings.scopeClaim()))
                .flatMap(text -> Arrays.stream(text.split(" ")))
                .forEach(text -> Scope.ofClaim(text).ifPresent(scopes::add));
        return scopes;
    }

    /// The texts of a claim that is one or has a list of them.
    private static Stream<String> texts(Object claim) {
        return switch (claim) {
            case null -> Stream.empty();
            case JsonString text -> Stream.of(text.getString());
            case Collection<?> list -> list.stream().flatMap(IdentityProvider::texts);
            case String text -> Stream.of(text);
            default -> Stream.empty();
        };
    }
}
