import com.volcengine.tos.TOSClientConfiguration;
import com.volcengine.tos.TOSV2;
import com.volcengine.tos.TOSV2ClientBuilder;
import com.volcengine.tos.TosServerException;
import com.volcengine.tos.auth.StaticCredentials;
import com.volcengine.tos.model.bucket.CreateBucketV2Input;
import com.volcengine.tos.model.bucket.DeleteBucketInput;
import com.volcengine.tos.model.bucket.HeadBucketV2Input;
import com.volcengine.tos.model.object.*;
import com.volcengine.tos.transport.TransportConfig;
import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.concurrent.Callable;

/** The TOS SDK, at the cloud's own names through the server as a proxy. */
final class TosProgram {
    static final String BUCKET = "java-tos";

    static TOSV2 client(Steps on, String secret) {
        return new TOSV2ClientBuilder().build(TOSClientConfiguration.builder().region("cn-beijing").endpoint("http://tos-cn-beijing.volces.com")
            .transportConfig(TransportConfig.builder().proxyHost(on.address.getHost()).proxyPort(on.address.getPort()).build()).credentials(new StaticCredentials(on.keyId, secret)).build());
    }

    private static String code(Callable<?> call) throws Exception {
        return Steps.refused(TosServerException.class, call).getCode();
    }

    private static byte[] get(TOSV2 tos, String key) throws Exception {
        try (GetObjectV2Output got = tos.getObject(new GetObjectV2Input().setBucket(BUCKET).setKey(key))) {
            return got.getContent().readAllBytes();
        }
    }

    static void fill(Steps on) {
        TOSV2 tos = client(on, on.secret);
        byte[] longer = Steps.noise((6 << 20) + 5, 7);
        on.step("create a bucket", () -> {
            Steps.same("status", Steps.refused(TosServerException.class, () -> tos.headBucket(new HeadBucketV2Input().setBucket(BUCKET))).getStatusCode(), 404);
            tos.createBucket(new CreateBucketV2Input().setBucket(BUCKET));
            tos.headBucket(new HeadBucketV2Input().setBucket(BUCKET));
        });
        on.step("odd keys: put, head, get, copy", () -> {
            for (String name : Steps.ODD) {
                byte[] content = name.getBytes("UTF-8");
                PutObjectOutput done = tos.putObject(new PutObjectInput().setPutObjectBasicInput(new PutObjectBasicInput().setBucket(BUCKET).setKey("odd/" + name))
                    .setContent(new ByteArrayInputStream(content)));
                Steps.same("etag", Steps.bare(done.getEtag()), Steps.md5(content));
                Steps.same("size", tos.headObject(new HeadObjectV2Input().setBucket(BUCKET).setKey("odd/" + name)).getContentLength(), (long) content.length);
                tos.copyObject(new CopyObjectV2Input().setBucket(BUCKET).setKey("copy/" + name).setSrcBucket(BUCKET).setSrcKey("odd/" + name));
                Steps.same(name, get(tos, "copy/" + name), content);
            }
        });
        on.step("list", () -> {
            ListObjectsType2Output page = tos.listObjectsType2(new ListObjectsType2Input().setBucket(BUCKET).setPrefix("odd/"));
            Steps.same("keys", page.getContents().size(), Steps.ODD.length);
            page = tos.listObjectsType2(new ListObjectsType2Input().setBucket(BUCKET).setDelimiter("/"));
            Steps.same("prefixes", page.getCommonPrefixes().stream().map(ListedCommonPrefix::getPrefix).toList(), List.of("copy/", "odd/"));
        });
        on.step("upload and download of a file in parts", () -> {
            java.nio.file.Path from = java.nio.file.Files.write(java.nio.file.Path.of("tos.bin"), longer);
            tos.uploadFile(new UploadFileV2Input().setBucket(BUCKET).setKey("long").setFilePath(from.toString()).setPartSize(5 << 20).setEnableCheckpoint(true));
            Steps.same("content", get(tos, "long"), longer);
            tos.downloadFile(new DownloadFileInput().setHeadObjectV2Input(new HeadObjectV2Input().setBucket(BUCKET).setKey("long"))
                .setFilePath(java.nio.file.Path.of("tos.back").toAbsolutePath().toString()).setPartSize(5 << 20).setEnableCheckpoint(true));
            Steps.same("content", java.nio.file.Files.readAllBytes(java.nio.file.Path.of("tos.back")), longer);
        });
        on.step("presigned addresses by the JDK's client", () -> {
            PreSignedURLInput put = new PreSignedURLInput().setBucket(BUCKET).setKey("signed/a b+中").setHttpMethod("PUT").setExpires(60);
            PreSignedURLInput get = new PreSignedURLInput().setBucket(BUCKET).setKey("signed/a b+中").setHttpMethod("GET").setExpires(60);
            on.spend(tos.preSignedURL(put).getSignedUrl(), tos.preSignedURL(get).getSignedUrl(), Steps.noise(200_000, 8));
        });
        on.step("refusals", () -> {
            Steps.same("code", code(() -> tos.getObject(new GetObjectV2Input().setBucket(BUCKET).setKey("none"))), "NoSuchKey");
            Steps.same("code", code(() -> client(on, "wrong").getObject(new GetObjectV2Input().setBucket(BUCKET).setKey("a"))), "SignatureDoesNotMatch");
            Steps.same("code", code(() -> tos.deleteBucket(new DeleteBucketInput().setBucket(BUCKET))), "BucketNotEmpty");
        });
        on.step("remove the bucket", () -> {
            for (ListedObjectV2 one : tos.listObjectsType2(new ListObjectsType2Input().setBucket(BUCKET).setMaxKeys(1000)).getContents()) {
                tos.deleteObject(new DeleteObjectInput().setBucket(BUCKET).setKey(one.getKey()));
            }
            tos.deleteBucket(new DeleteBucketInput().setBucket(BUCKET));
        });
    }
}
