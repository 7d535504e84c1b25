package io.sparsemesh.artifacts;

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
        if (settings.region().isPresent() || settings.endpoint().isPresent()) {
            builder.region(Region.of(settings.region().orElse("us-east-1")));
        }
    }
}
