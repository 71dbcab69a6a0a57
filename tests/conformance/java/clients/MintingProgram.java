import com.aliyun.hbr20170908.Client;
import com.aliyun.tea.TeaException;
import com.aliyun.teaopenapi.models.Config;
import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.exception.TencentCloudSDKException;
import com.tencentcloudapi.common.profile.ClientProfile;
import com.tencentcloudapi.common.profile.HttpProfile;
import com.tencentcloudapi.sts.v20180813.StsClient;
import com.tencentcloudapi.sts.v20180813.models.GetFederationTokenRequest;
import com.tencentcloudapi.sts.v20180813.models.GetFederationTokenResponse;

/** Tencent's sts and Alibaba's hbr. */
final class MintingProgram {
    static StsClient sts(Steps on, String secret) {
        HttpProfile http = new HttpProfile();
        http.setProtocol(HttpProfile.REQ_HTTP);
        http.setEndpoint(on.address.getAuthority());
        ClientProfile profile = new ClientProfile();
        profile.setHttpProfile(http);
        return new StsClient(new Credential(on.keyId, secret), "ap-guangzhou", profile);
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
