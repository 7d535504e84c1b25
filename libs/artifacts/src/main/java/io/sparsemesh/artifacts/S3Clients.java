package io.sparsemesh.artifacts;

import java.util.Optional;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/// Clients of the SDK. Bodies go as they are with an MD5 beside them, and without the trailing
/// checksums that are the SDK's own default: those are what servers other than Amazon's lack. Nor
/// does a body wait to be asked for, which takes five seconds where a server never asks.
final class S3Clients {

    private S3Clients() {}

    static S3Client open(S3Settings settings) {
        S3Settings.Timing timing = settings.timing();
        S3ClientBuilder builder =
                S3Client.builder()
                        .forcePathStyle(settings.pathStyle())
                        .serviceConfiguration(
                                S3Configuration.builder()
                                        .chunkedEncodingEnabled(false)
                                        .expectContinueEnabled(false)
                                        .build())
                        .addPlugin(LegacyMd5Plugin.create())
                        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                        .overrideConfiguration(patience(timing))
                        .httpClientBuilder(
                                UrlConnectionHttpClient.builder()
                                        .connectionTimeout(timing.connect())
                                        .socketTimeout(timing.silence()));
        place(settings, builder);
        return builder.build();
    }

    /// Signs without asking anybody.
    static S3Presigner presigner(S3Settings settings) {
        S3Presigner.Builder builder =
                S3Presigner.builder()
                        .serviceConfiguration(
                                S3Configuration.builder()
                                        .pathStyleAccessEnabled(settings.pathStyle())
                                        .build());
        settings.endpoint().ifPresent(builder::endpointOverride);
        region(settings).ifPresent(builder::region);
        return builder.build();
    }

    private static ClientOverrideConfiguration patience(S3Settings.Timing timing) {
        return ClientOverrideConfiguration.builder()
                .apiCallAttemptTimeout(timing.attempt())
                .apiCallTimeout(timing.call())
                .retryStrategy(
                        AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(timing.attempts())
                                .build())
                .build();
    }

    private static void place(S3Settings settings, AwsClientBuilder<?, ?> builder) {
        settings.endpoint().ifPresent(builder::endpointOverride);
        region(settings).ifPresent(builder::region);
    }

    /// Without a server of our own the SDK finds it.
    private static Optional<Region> region(S3Settings settings) {
        return settings.region()
                .or(() -> settings.endpoint().map(_ -> "us-east-1"))
                .map(Region::of);
    }
}
