import com.aliyun.hbr20170908.Client;
import com.aliyun.tea.TeaException;
import com.aliyun.teaopenapi.models.Config;
import com.qcloud.cos.COSClient;
import com.qcloud.cos.ClientConfig;
import com.qcloud.cos.auth.BasicSessionCredentials;
import com.qcloud.cos.endpoint.UserSpecifiedEndpointBuilder;
import com.qcloud.cos.exception.CosServiceException;
import com.qcloud.cos.http.HttpProtocol;
import com.qcloud.cos.model.ObjectMetadata;
import com.qcloud.cos.region.Region;
import com.qcloud.cos.transfer.TransferManager;
import com.qcloud.cos.transfer.TransferManagerConfiguration;
import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.exception.TencentCloudSDKException;
import com.tencentcloudapi.common.profile.ClientProfile;
import com.tencentcloudapi.common.profile.HttpProfile;
import com.tencentcloudapi.ms.v20180408.MsClient;
import com.tencentcloudapi.ms.v20180408.models.CreateCosSecKeyInstanceRequest;
import com.tencentcloudapi.ms.v20180408.models.CreateCosSecKeyInstanceResponse;
import com.tencentcloudapi.sts.v20180813.StsClient;
import com.tencentcloudapi.sts.v20180813.models.GetFederationTokenRequest;
import com.tencentcloudapi.sts.v20180813.models.GetFederationTokenResponse;
import com.tencentcloudapi.vod.v20240718.VodClient;
import com.tencentcloudapi.vod.v20240718.models.CreateStorageCredentialsRequest;
import com.tencentcloudapi.vod.v20240718.models.Credentials;
import java.io.ByteArrayInputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tencent's sts, ms and vod, what the last two mint spent by the COS SDK; Alibaba's hbr. */
final class MintingProgram {
    static final long APPLICATION = 220209;

    static ClientProfile profile(Steps on) {
        HttpProfile http = new HttpProfile();
        http.setProtocol(HttpProfile.REQ_HTTP);
        http.setEndpoint(on.address.getAuthority());
        ClientProfile profile = new ClientProfile();
        profile.setHttpProfile(http);
        return profile;
    }

    static StsClient sts(Steps on, String secret) {
        return new StsClient(new Credential(on.keyId, secret), "ap-guangzhou", profile(on));
    }

    /** The COS SDK with a temporary key, at the cloud's names or at a domain of one's own, by the server as a proxy. */
    static COSClient cos(Steps on, String keyId, String secret, String token, String region, String domain) {
        ClientConfig config = new ClientConfig(new Region(region));
        config.setHttpProtocol(HttpProtocol.http);
        config.setHttpProxyIp(on.address.getHost());
        config.setHttpProxyPort(on.address.getPort());
        if (domain != null) {
            config.setEndpointBuilder(new UserSpecifiedEndpointBuilder(domain, "service.cos.myqcloud.com"));
        }
        return new COSClient(new BasicSessionCredentials(keyId, secret, token), config);
    }

    private static void put(COSClient cos, String bucket, String key, byte[] content) {
        ObjectMetadata meta = new ObjectMetadata();
        meta.setContentLength(content.length);
        cos.putObject(bucket, key, new ByteArrayInputStream(content), meta);
    }

    private static void inParts(COSClient cos, String bucket, String key) throws Exception {
        Path file = Files.write(Path.of("parts"), Steps.noise((7 << 20) + 3, 81));
        TransferManager manager = new TransferManager(cos);
        TransferManagerConfiguration config = new TransferManagerConfiguration();
        config.setMultipartUploadThreshold(1 << 20);
        config.setMinimumUploadPartSize(1 << 20);
        manager.setConfiguration(config);
        manager.upload(bucket, key, file.toFile()).waitForCompletion();
        manager.shutdownNow(false);
    }

    private static void forbidden(java.util.concurrent.Callable<?> call) throws Exception {
        CosServiceException error = Steps.refused(CosServiceException.class, call);
        Steps.same("status", error.getStatusCode(), 403);
        Steps.same("code", error.getErrorCode(), "AccessDenied");
    }

    private static void ms(Steps on) {
        MsClient client = new MsClient(new Credential(on.keyId, on.secret), "ap-shanghai", profile(on));
        on.step("ms: a key of an instance, spent by the COS SDK", () -> {
            CreateCosSecKeyInstanceRequest asked = new CreateCosSecKeyInstanceRequest();
            asked.setCosRegion("ap-shanghai");
            asked.setDuration(1200L);
            CreateCosSecKeyInstanceResponse told = client.CreateCosSecKeyInstance(asked);
            Steps.same("seconds", Math.abs(told.getExpireTime() - System.currentTimeMillis() / 1000 - 1200) < 10, true);
            COSClient cos = cos(on, told.getCosId(), told.getCosKey(), told.getCosToken(), told.getCosRegion(), null);
            String bucket = told.getCosBucket() + "-" + told.getCosAppid();
            put(cos, bucket, told.getCosPrefix() + "/java.txt", "java".getBytes());
            inParts(cos, bucket, told.getCosPrefix() + "/java.bin");
            forbidden(() -> cos.putObject(bucket, "java.txt", "x"));
            forbidden(() -> cos.getObject(bucket, told.getCosPrefix() + "/java.txt"));
        });
        on.step("ms: refusals", () -> {
            CreateCosSecKeyInstanceRequest asked = new CreateCosSecKeyInstanceRequest();
            asked.setDuration(0L);
            Steps.same("code", Steps.refused(TencentCloudSDKException.class, () -> client.CreateCosSecKeyInstance(asked)).getErrorCode(), "InvalidParameterValue");
        });
    }

    private static void vod(Steps on) {
        VodClient client = new VodClient(new Credential(on.keyId, on.secret), "ap-guangzhou", profile(on));
        String rule = "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":[\"name/vod:PutObject\",\"name/vod:InitiateMultipartUpload\","
            + "\"name/vod:ListMultipartUploads\",\"name/vod:ListParts\",\"name/vod:UploadPart\",\"name/vod:CompleteMultipartUpload\"],"
            + "\"resource\":[\"qcs::vod:ap-guangzhou:uid/1250000000:prefix//" + APPLICATION + "/demo/java/*\"]}]}";
        on.step("vod: credentials, spent by the COS SDK at the application's domain", () -> {
            CreateStorageCredentialsRequest asked = new CreateStorageCredentialsRequest();
            asked.setSubAppId(APPLICATION);
            asked.setPolicy(URLEncoder.encode(rule, StandardCharsets.UTF_8).replace("+", "%20"));
            asked.setDurationSeconds(7200L);
            Credentials made = client.CreateStorageCredentials(asked).getCredentials();
            Steps.same("expiration", made.getExpiration() != null, true);
            COSClient cos = cos(on, made.getAccessKeyId(), made.getSecretAccessKey(), made.getSessionToken(), "ap-guangzhou", APPLICATION + ".vodpro-upload.com");
            put(cos, "any-1250000000", "demo/java/small", "java".getBytes());
            inParts(cos, "any-1250000000", "demo/java/parts");
            forbidden(() -> cos.putObject("any-1250000000", "demo/other", "x"));
        });
        on.step("vod: refusals", () -> {
            CreateStorageCredentialsRequest asked = new CreateStorageCredentialsRequest();
            asked.setSubAppId(APPLICATION);
            asked.setPolicy("{");
            Steps.same("a code", Steps.refused(TencentCloudSDKException.class, () -> client.CreateStorageCredentials(asked)).getErrorCode().startsWith("InvalidParameter"), true);
        });
    }

    static void fill(Steps on) {
        GetFederationTokenRequest asked = new GetFederationTokenRequest();
        asked.setName("java");
        asked.setPolicy("{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":[\"cos:*\"],\"resource\":[\"*\"]}]}");
        on.step("sts: a federation token", () -> {
            GetFederationTokenResponse told = sts(on, on.secret).GetFederationToken(asked);
            Steps.same("a key", told.getCredentials().getTmpSecretId() != null && told.getCredentials().getToken() != null, true);
            Steps.same("in the future", told.getExpiredTime() > System.currentTimeMillis() / 1000, true);
            TencentCloudSDKException error = Steps.refused(TencentCloudSDKException.class, () -> sts(on, "wrong").GetFederationToken(asked));
            Steps.same("code", error.getErrorCode(), "AuthFailure.SignatureFailure");
        });
        ms(on);
        vod(on);
        on.step("hbr: an address for a form", () -> {
            Config config = new Config().setAccessKeyId(on.keyId).setAccessKeySecret(on.secret).setProtocol("http").setEndpoint(on.address.getAuthority());
            com.aliyun.hbr20170908.models.CreateTempFileUploadUrlRequest request = new com.aliyun.hbr20170908.models.CreateTempFileUploadUrlRequest().setFileName("a b.txt");
            com.aliyun.hbr20170908.models.CreateTempFileUploadUrlResponseBody told = new Client(config).createTempFileUploadUrl(request).getBody();
            Steps.same("success", told.getSuccess(), true);
            String form = field("key", told.getTempFileKey()) + field("OSSAccessKeyId", told.getOssAccessKeyId()) + field("policy", told.getPolicy())
                + field("Signature", told.getSignature()) + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nposted\r\n--b--\r\n";
            Steps.same("status", on.send("POST", "http://" + told.getEndpoint() + "/" + told.getBucketName(), form.getBytes("UTF-8"),
                "Content-Type", "multipart/form-data; boundary=b").statusCode(), 204);
            Config wrong = new Config().setAccessKeyId(on.keyId).setAccessKeySecret("wrong").setProtocol("http").setEndpoint(on.address.getAuthority());
            Steps.same("code", Steps.refused(TeaException.class, () -> new Client(wrong).createTempFileUploadUrl(request)).getCode(), "SignatureDoesNotMatch");
        });
    }

    private static String field(String name, String value) {
        return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }
}
